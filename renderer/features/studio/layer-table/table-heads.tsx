import { memo } from 'react';
import { sortBy } from '../../../commands/table-columns.ts';
import { useSession } from '../../../state/hooks.ts';
import type { ColumnId, TableSort } from '../../../state/select/table-columns.ts';
import { classes } from '../../../ui/classes.ts';
import { LadderHead } from '../../../ui/ladder.tsx';
import { COLUMNS, narrowClass } from './columns.tsx';

/** A press sorts; by keyboard the menu of columns does, so that the table stays one tab stop. */
export const TableHeads = memo(function TableHeads({ columns }: { readonly columns: readonly ColumnId[] }) {
  const sort = useSession((state) => state.sort);
  return (
    <thead role="rowgroup">
      <tr role="row">
        <Head sort={sort} of="name" text="Layer" className="c-first col-nm" />
        {columns.map((id) => (
          <Head key={id} sort={sort} of={id} text={COLUMNS[id].head} title={COLUMNS[id].title} className={classes(COLUMNS[id].numeric && 'num', COLUMNS[id].className, narrowClass(columns, id))} />
        ))}
        <th role="columnheader" scope="col" className="col-lk">
          <span className="sr">Lock</span>
        </th>
        <th role="columnheader" scope="col" className="c-last col-lad">
          <LadderHead />
        </th>
      </tr>
    </thead>
  );
});

interface HeadProps {
  readonly sort: TableSort | null;
  readonly of: TableSort['key'];
  readonly text: string;
  readonly title?: string;
  readonly className: string;
}

function Head({ sort, of, text, title, className }: HeadProps) {
  const sorted = sort?.key === of ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th role="columnheader" scope="col" aria-sort={sorted} className={className} title={title}>
      <button type="button" className="th-sort" tabIndex={-1} onClick={() => sortBy(of)}>
        {sorted && <span aria-hidden="true">{sorted === 'descending' ? '↓' : '↑'}</span>}
        {text}
      </button>
    </th>
  );
}
