import { useState } from 'react';
import { CONTENTS, type ContentId } from '../../../core/export/contents/table.ts';
import { nameProblem } from '../../state/package-contents.ts';
import { Chip } from '../../ui/chip.tsx';
import { CheckBox, FieldRow, TextInput } from '../../ui/field.tsx';
import { formats } from '../../ui/format.ts';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { ByteBar, CommandLine, FileList, type PackageSideProps } from './package-side.tsx';

const LAYER_COLUMNS: readonly TableColumn[] = [
  { id: 'layer', head: 'Layer' },
  { id: 'precision', head: 'Precision', width: 'col-p3' },
  { id: 'bytes', head: 'Bytes', numeric: true, width: 'col-p2' },
  { id: 'share', head: 'Of the network', numeric: true, width: 'col-p2' },
];

export interface ContentsStepProps extends PackageSideProps {
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly contents: readonly ContentId[];
  readonly onContents: (contents: readonly ContentId[]) => void;
}

/** What goes beside the target's files, and where the bytes are. */
export function ContentsStep({ name, onName, contents, onContents, files, shares, ofPacked, command }: ContentsStepProps) {
  return (
    <>
      <div className="contents">
        <NameField name={name} onName={onName} />
        <ul className="content-list" aria-label="Also in the package">
          {(Object.keys(CONTENTS) as ContentId[]).map((id) => (
            <li key={id}>
              <CheckBox label={CONTENTS[id].name} checked={contents.includes(id)} onChange={(checked) => onContents(checked ? [...contents, id] : contents.filter((other) => other !== id))} />
              <small>{CONTENTS[id].description}</small>
            </li>
          ))}
        </ul>
        <div className="only-narrow-block">
          <FileList files={files} />
        </div>
        <div className="only-narrow-block">
          <ByteBar shares={shares} ofPacked={ofPacked} />
        </div>
        <div className="only-narrow-block">
          <CommandLine command={command} />
        </div>
      </div>
      <table className="tg simple" aria-label="Bytes of each layer">
        <TableHead columns={LAYER_COLUMNS} />
        <tbody>
          {shares.layers.map((layer) => (
            <tr key={layer.layer}>
              <td className="c-first">{layer.layer}</td>
              <td>
                <Chip scheme={layer.scheme} />
              </td>
              <td className="num">{formats.count(layer.bytes)}</td>
              <td className="c-last num soft">{formats.percent(layer.bytes / shares.totalBytes, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Of the package and its files. It stands in what is written, so it counts once it is typed whole. */
function NameField({ name, onName }: Pick<ContentsStepProps, 'name' | 'onName'>) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? name;
  const problem = nameProblem(text);
  const commit = () => {
    if (problem === null && text.trim() !== name) onName(text.trim());
    setDraft(null);
  };
  return (
    <FieldRow label="Name" problem={problem}>
      {({ id, describedBy }) => <TextInput id={id} describedBy={describedBy} value={text} onChange={setDraft} onCommit={commit} invalid={problem !== null} />}
    </FieldRow>
  );
}
