import type { OverlayId } from '../../../core/analysis/overlays.ts';

/** Every metric of the layers but the precision, which the ladder shows, and what a layer is. */
export type ColumnId = 'operator' | 'shape' | Exclude<OverlayId, 'precision'>;

/** In the order in which they stand. */
export const COLUMN_IDS = ['operator', 'shape', 'parameters', 'operations', 'bytes', 'time', 'cost', 'sensitivity', 'sqnr'] as const satisfies readonly ColumnId[];

export const DEFAULT_COLUMNS: readonly ColumnId[] = ['shape', 'parameters', 'bytes', 'time', 'cost'];

export interface TableSort {
  readonly key: 'name' | ColumnId;
  readonly descending: boolean;
}

/** The columns in their order; the very default where they are the default. */
function inOrder(wanted: ReadonlySet<unknown>): readonly ColumnId[] {
  const columns = COLUMN_IDS.filter((id) => wanted.has(id));
  const isDefault = columns.length === DEFAULT_COLUMNS.length && columns.every((id) => DEFAULT_COLUMNS.includes(id));
  return isDefault ? DEFAULT_COLUMNS : columns;
}

export function toggledColumn(columns: readonly ColumnId[], id: ColumnId): readonly ColumnId[] {
  const wanted = new Set<ColumnId>(columns);
  if (!wanted.delete(id)) wanted.add(id);
  return inOrder(wanted);
}

/** What was kept in the settings; what this version does not know is left out. */
export function readColumns(kept: unknown): readonly ColumnId[] {
  return Array.isArray(kept) ? inOrder(new Set<unknown>(kept)) : DEFAULT_COLUMNS;
}

/** Pressing a column sorts by it, then the other way round, then not at all. */
export function nextSort(sort: TableSort | null, key: TableSort['key'], largestFirst: boolean): TableSort | null {
  if (sort?.key !== key) return { key, descending: largestFirst };
  return sort.descending === largestFirst ? { key, descending: !largestFirst } : null;
}
