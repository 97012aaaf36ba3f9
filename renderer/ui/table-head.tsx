import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface TableColumn {
  readonly id: string;
  readonly head: ReactNode;
  readonly numeric?: boolean;
  /** A `col-…` class that sets the width; columns without one share the rest. */
  readonly width?: string;
}

/** Head cells of a `.tg` table; the first and last take the pane's padding. */
export function TableHead({ columns }: { readonly columns: readonly TableColumn[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column, index) => (
          <th
            key={column.id}
            scope="col"
            className={classes(index === 0 && 'c-first', index === columns.length - 1 && 'c-last', column.numeric && 'num', column.width)}
          >
            {column.head}
          </th>
        ))}
      </tr>
    </thead>
  );
}
