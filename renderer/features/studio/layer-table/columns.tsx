import type { ReactElement } from 'react';
import { OVERLAYS } from '../../../../core/analysis/overlays.ts';
import { DEFAULT_COLUMNS, type ColumnId } from '../../../state/select/table-columns.ts';

interface Column {
  /** In the menu of columns. */
  readonly label: string;
  readonly head: string;
  /** Spoken and shown at rest where the head is short. */
  readonly title?: string;
  readonly numeric: boolean;
  /** A `col-…` class and the width that it sets, px. */
  readonly className: string;
  readonly width: number;
}

const withUnit = (label: string, unit: string): string => (unit === '' ? label : `${label}, ${unit}`);
const figure = (id: keyof typeof OVERLAYS, head: string, className: string, width: number, title?: string): Column => ({
  label: withUnit(OVERLAYS[id].label, OVERLAYS[id].unit),
  head,
  title,
  numeric: true,
  className,
  width,
});

export const COLUMNS: Readonly<Record<ColumnId, Column>> = {
  operator: { label: 'Operator', head: 'Op', numeric: false, className: 'col-op', width: 84 },
  shape: { label: 'Shape', head: 'Shape', numeric: false, className: 'col-shape', width: 92 },
  parameters: figure('parameters', 'Params', 'col-par', 60),
  operations: figure('operations', 'MACs', 'col-macs', 68, 'Multiply-accumulates of one inference'),
  bytes: figure('bytes', 'KB', 'col-kb', 54),
  time: figure('time', 'ms', 'col-ms', 58),
  cost: figure('cost', 'Cost, pt', 'col-acc', 58, 'Accuracy change when only this layer is changed'),
  sensitivity: figure('sensitivity', 'Sens., nat', 'col-sens', 66, 'Divergence of the answers when only this layer is changed'),
  sqnr: figure('sqnr', 'SQNR, dB', 'col-sqnr', 64, 'Signal to quantisation noise of the weights, of layers that were looked at'),
};

const NAME_WIDTH = 128;
const LOCK_AND_LADDER_WIDTH = 266;

/** Below this width the table scrolls sideways, px; undefined with the default columns, which always fit. */
export function leastWidth(columns: readonly ColumnId[]): number | undefined {
  if (columns === DEFAULT_COLUMNS) return undefined;
  return columns.reduce((sum, id) => sum + COLUMNS[id].width, NAME_WIDTH + LOCK_AND_LADDER_WIDTH);
}

/** Where nothing was chosen, a narrow window leaves the shape out. */
export function narrowClass(columns: readonly ColumnId[], id: ColumnId): string | false {
  return columns === DEFAULT_COLUMNS && id === 'shape' && 'hide-narrow';
}

/** The cells between name and lock. */
export function cellsOf<P>(columns: readonly ColumnId[], cells: Readonly<Record<ColumnId, (props: P) => ReactElement>>, props: P): readonly ReactElement[] {
  return columns.map((id) => cells[id](props));
}
