import { Download, FolderOpen } from 'lucide-react';
import { join } from '../../../core/base/format.ts';
import type { WrittenPackage } from '../../state/exporting.ts';
import { Button } from '../../ui/button.tsx';
import { CheckBox } from '../../ui/field.tsx';
import { formats } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import type { Check } from './export-view.ts';
import { Verdict } from './proof-panel.tsx';

export interface PackagePanelProps {
  readonly name: string;
  readonly checks: readonly Check[];
  readonly bytes: number;
  readonly written: WrittenPackage | null;
  readonly writing: boolean;
  /** Where it goes: asked in a dialog, or the folder for exports. */
  readonly where: string;
  readonly canReveal: boolean;
  readonly reveal: boolean;
  readonly onReveal: (reveal: boolean) => void;
  readonly onWrite: () => void;
  readonly onShow: () => void;
}

export function PackagePanel(props: PackagePanelProps) {
  const { name, checks, bytes, written, writing, where, canReveal, reveal } = props;
  const blocked = checks.length > 0 && checks.every((check) => check.holds) ? null : 'The proof has not passed.';
  return (
    <>
      <div>
        <div className="f">
          <span className="lab">Name</span>
          <span>{name}</span>
        </div>
        <div className="f">
          <span className="lab">Folder</span>
          <span className="soft">{where}</span>
        </div>
      </div>
      <table className="tg simple" aria-label="Proof summary">
        <tbody>
          {checks.map((check) => (
            <tr key={check.label}>
              <td className="c-first">{check.label}</td>
              <td className="c-last num">
                <Verdict holds={check.holds} yes={check.value} no={check.value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="row row-3">
        <Button kind={written ? 'default' : 'primary'} size="large" icon={Download} onClick={props.onWrite} disabledReason={writing ? 'The package is being written.' : blocked}>
          {written ? 'Write again' : `Write package, ${join(formats.size(bytes))}`}
        </Button>
        {canReveal && <CheckBox label="Show it in the folder" checked={reveal} onChange={props.onReveal} />}
      </div>
      {written && (
        <Notice tone="better" title={`Written to ${written.folder}`}>
          <ul className="written">
            {written.files.map((file) => (
              <li key={file.path}>
                {file.path}, {join(formats.exactSize(file.sizeBytes))}
              </li>
            ))}
          </ul>
          {canReveal && (
            <Button size="small" icon={FolderOpen} onClick={props.onShow}>
              Show in folder
            </Button>
          )}
        </Notice>
      )}
    </>
  );
}
