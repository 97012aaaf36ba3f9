import { MISSING } from '../../../../core/base/format.ts';
import { OVERLAYS } from '../../../../core/analysis/overlays.ts';
import { slowerText } from '../../../../core/bench/reasons.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';

export function kilobytes(bytes: number): string {
  return OVERLAYS.bytes.text(bytes, formats);
}

export function milliseconds(value: number): string {
  return OVERLAYS.time.text(value, formats);
}

/** Columns that are a text of `overlays.ts` and nothing more. */
export const MORE_COLUMNS = ['operations', 'sensitivity', 'sqnr'] as const satisfies readonly ColumnId[];

export function MoreCell({ id, more }: { readonly id: (typeof MORE_COLUMNS)[number]; readonly more: string }) {
  return (
    <td role="gridcell" className="num soft">
      {more.split('\n')[MORE_COLUMNS.indexOf(id)]}
    </td>
  );
}

export function KilobytesCell({ bytes }: { readonly bytes: number }) {
  return (
    <td role="gridcell" className="num" title={`${formats.count(bytes)} B`}>
      {kilobytes(bytes)}
    </td>
  );
}

export interface TimeCellProps {
  readonly milliseconds: number | null;
  readonly measured: boolean;
  /** float32 ÷ this, where the layer is slower than float32. */
  readonly slower?: number | null;
}

export function TimeCell({ milliseconds: value, measured, slower = null }: TimeCellProps) {
  const source = value === null ? 'Not measured yet' : measured ? 'Measured in this network' : 'From the kernel table measured here';
  const warning = slower === null ? null : slowerText(slower, formats);
  return (
    <td role="gridcell" className="num" title={warning === null ? source : `${source}: ${warning}`}>
      {value === null ? (
        MISSING
      ) : (
        <span className={classes(!measured && 'est', warning !== null && 'worse')}>
          {warning === null ? '' : '▲'}
          {milliseconds(value)}
          {warning !== null && <span className="sr">, {warning}</span>}
        </span>
      )}
    </td>
  );
}

/** From this many points of loss on, a cost is red. */
const HEAVY_POINTS = -0.75;

/** Accuracy change of a layer alone, in points. */
export function CostCell({ cost, estimated = false }: { readonly cost: number | null; readonly estimated?: boolean }) {
  if (cost === null) {
    return (
      <td role="gridcell" className="num u">
        {MISSING}
      </td>
    );
  }
  const points = cost * 100;
  const text = formats.signed(points, 1);
  const none = text.startsWith('±');
  return (
    <td role="gridcell" className={classes('num', none ? 'u' : points <= HEAVY_POINTS && 'worse')}>
      <span className={estimated && !none ? 'est' : undefined}>{none ? formats.decimal(0, 1) : `${points < 0 ? '▼' : '▲'} ${text}`}</span>
    </td>
  );
}
