import { useEffect, useMemo } from 'react';
import { join, MISSING } from '../../../core/base/format.ts';
import { SCHEME_IDS, SCHEMES } from '../../../core/schemes/index.ts';
import { initialValues } from '../../../core/quant/fields.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { measureLadderSheet } from '../../commands/ladder-sheet.ts';
import { useActivity } from '../../state/hooks.ts';
import { sheetBytes, SHEET_KEY, SHEET_LAYER } from '../../state/select/ladder-sheet.ts';
import { Chip } from '../../ui/chip.tsx';
import { formats, timeText } from '../../ui/format.ts';
import { precisionClass } from '../../ui/precision.ts';
import { Bar } from '../../ui/rung-bars.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';

const COLUMNS: readonly TableColumn[] = [
  { id: 'rung', head: 'Rung', width: 'col-l1' },
  { id: 'key', head: 'Key', width: 'col-l2' },
  { id: 'weights', head: 'Weights', width: 'col-l3' },
  { id: 'inputs', head: 'Inputs', width: 'col-l3' },
  { id: 'size', head: 'Size', numeric: true, width: 'col-l4' },
  { id: 'size-bar', head: <span className="sr">Size, drawn</span> },
  { id: 'time', head: 'Time', numeric: true, width: 'col-l4' },
  { id: 'time-bar', head: <span className="sr">Time, drawn</span> },
];

const INPUTS = { float32: '32-bit float', int8: '8-bit', sign: 'one bit' } as const;

/** All six precisions on one layer: what they store, what they weigh, how long they take here. */
export function LadderSheet() {
  const times = useActivity((state) => state.ladders[SHEET_KEY]?.[SHEET_LAYER]);
  const bytes = useMemo(sheetBytes, []);
  useEffect(() => void measureLadderSheet(), []);
  const longest = Math.max(0, ...SCHEME_IDS.map((id) => times?.[id] ?? 0));
  return (
    <div>
      <div className="h-sec">
        <h2>The ladder</h2>
        <span className="u">one 3×3 layer, 64→64 channels, at every rung; {times ? 'time measured on this computer' : 'its time is being measured on this computer'}</span>
      </div>
      <table className="tg" aria-label="The six precisions">
        <TableHead columns={COLUMNS} />
        <tbody>
          {SCHEME_IDS.map((id) => (
            <SheetRow key={id} scheme={id} bytes={bytes[id]} sizeShare={bytes[id] / bytes.float32} milliseconds={times?.[id] ?? null} timeShare={longest > 0 ? (times?.[id] ?? 0) / longest : 0} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SheetRowProps {
  readonly scheme: SchemeId;
  readonly bytes: number;
  readonly sizeShare: number;
  readonly milliseconds: number | null;
  readonly timeShare: number;
}

function SheetRow({ scheme, bytes, sizeShare, milliseconds, timeShare }: SheetRowProps) {
  const { key, description, options, inputFormat } = SCHEMES[scheme];
  return (
    <tr className={precisionClass(scheme)}>
      <td className="c-first">
        <Chip scheme={scheme} />
      </td>
      <td>
        <span className="k">{key}</span>
      </td>
      <td className="soft" title={description}>
        {weightsText(description)}
      </td>
      <td className="soft">{INPUTS[inputFormat(initialValues(options))]}</td>
      <td className="num">{join(formats.layerSize(bytes))}</td>
      <td>
        <Bar share={sizeShare} scheme={scheme} />
      </td>
      <td className="num">{milliseconds === null ? MISSING : timeText(milliseconds)}</td>
      <td className="c-last">
        <Bar share={timeShare} scheme={scheme} />
      </td>
    </tr>
  );
}

/** A scheme's description is its weights, then its inputs, which have a column of their own. */
function weightsText(description: string): string {
  const end = description.lastIndexOf(',');
  const weights = end < 0 ? description.replace(/ weights and inputs$/, '') : description.slice(0, end);
  return weights.replace(/ weights(?= |$)/, '').replace(/ per output channel$/, ', per channel');
}
