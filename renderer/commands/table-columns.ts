import { changeSetting } from '../host/machine.ts';
import { DEFAULT_COLUMNS, nextSort, toggledColumn, type ColumnId, type TableSort } from '../state/select/table-columns.ts';
import { sessionStore } from '../state/session.ts';

function setColumns(columns: readonly ColumnId[]): void {
  sessionStore.setState(({ sort }) => ({ columns, sort: sort && sort.key !== 'name' && !columns.includes(sort.key) ? null : sort }));
  void changeSetting('tableColumns', columns);
}

export function toggleColumn(id: ColumnId): void {
  setColumns(toggledColumn(sessionStore.getState().columns, id));
}

export function resetColumns(): void {
  setColumns(DEFAULT_COLUMNS);
}

/** Words are read from A, numbers from the largest. */
export function sortBy(key: TableSort['key']): void {
  const isWord = key === 'name' || key === 'operator' || key === 'shape';
  sessionStore.setState(({ sort }) => ({ sort: nextSort(sort, key, !isWord) }));
}
