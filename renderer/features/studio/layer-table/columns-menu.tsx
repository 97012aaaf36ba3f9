import { Columns3 } from 'lucide-react';
import { resetColumns, sortBy, toggleColumn } from '../../../commands/table-columns.ts';
import { useSession } from '../../../state/hooks.ts';
import { COLUMN_IDS, DEFAULT_COLUMNS, type TableSort } from '../../../state/select/table-columns.ts';
import { sessionStore } from '../../../state/session.ts';
import { IconButton } from '../../../ui/button.tsx';
import { Menu, type MenuEntry } from '../../../ui/menu.tsx';
import { COLUMNS } from './columns.tsx';

/** Which figures the table shows, and what orders its rows. */
export function ColumnsMenu() {
  const columns = useSession((state) => state.columns);
  const sort = useSession((state) => state.sort);
  const entries: readonly MenuEntry[] = [
    ...COLUMN_IDS.map((id) => ({ id, label: COLUMNS[id].label, checked: columns.includes(id), staysOpen: true, onSelect: () => toggleColumn(id) })),
    { id: 'reset', label: 'Columns as they were', disabledReason: columns === DEFAULT_COLUMNS ? 'These are the columns at first' : null, onSelect: resetColumns },
    'separator',
    { id: 'sort-none', label: 'Order of the network', checked: sort === null, onSelect: () => sessionStore.setState({ sort: null }) },
    ...(['name', ...columns] as const).map((key) => sortEntry(key, sort)),
  ];
  return <Menu trigger={<IconButton icon={Columns3} label="Columns and order" />} entries={entries} />;
}

function sortEntry(key: TableSort['key'], sort: TableSort | null): MenuEntry {
  const isSorted = sort?.key === key;
  return {
    id: `sort-${key}`,
    label: `Sort by ${key === 'name' ? 'layer' : lowerFirst(COLUMNS[key].label.split(',')[0])}`,
    shortcut: isSorted ? (sort.descending ? '↓' : '↑') : undefined,
    checked: isSorted,
    onSelect: () => sortBy(key),
  };
}

/** Abbreviations stay as they are. */
const lowerFirst = (text: string): string => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);
