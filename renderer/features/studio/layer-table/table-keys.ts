import type { KeyboardEvent, MouseEvent } from 'react';
import { setExpanded } from '../../../state/session.ts';
import { layersOfRow, type TableRow } from './rows.ts';
import { rowForKey, rowForLetter, selectRow } from './selecting.ts';

export function handleClick(event: MouseEvent<HTMLElement>, rows: readonly TableRow[]): void {
  if (!(event.target instanceof Element) || event.target.closest('.ladder, .tw-hit')) return;
  const id = event.target.closest<HTMLElement>('[data-row]')?.dataset['row'];
  if (id === undefined) return;
  selectRow(rows, id, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'one');
}

/** About a column, px. */
const SIDEWAYS = 72;

/** Keys of a tree-grid; returns whether the key meant something. */
export function handleKey(event: KeyboardEvent<HTMLElement>, rows: readonly TableRow[], focused: string | null): boolean {
  const row = rows.find((candidate) => candidate.id === focused);
  const target = rowForKey(rows, focused, event.key);
  if (target) {
    selectRow(rows, target.id, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'focus' : 'one');
    return true;
  }
  if (event.key === ' ' && row) {
    selectRow(rows, row.id, event.shiftKey ? 'range' : 'toggle');
    return true;
  }
  if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
    event.currentTarget.scrollBy({ left: event.key === 'ArrowRight' ? SIDEWAYS : -SIDEWAYS });
    return true;
  }
  if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') return handleSideways(event, row);
  if (row?.kind === 'block' && event.key === 'Enter') {
    setExpanded([row.id], !row.expanded);
    return true;
  }
  if (event.key === '*') {
    setExpanded(
      rows.flatMap((other) => (other.kind === 'block' ? [other.id] : [])),
      true,
    );
    return true;
  }
  const typed = event.key.length === 1 && /\p{L}/u.test(event.key) && event.key.toLowerCase() !== 'l';
  const named = typed && !event.ctrlKey && !event.metaKey && !event.altKey ? rowForLetter(rows, focused, event.key) : null;
  if (named) selectRow(rows, named.id, 'one');
  return named !== null;
}

/** Left and right fold a block, or go into the ladder of a layer. */
function handleSideways(event: KeyboardEvent<HTMLElement>, row: TableRow | undefined): boolean {
  if (row?.kind === 'block' && row.expanded !== (event.key === 'ArrowRight')) {
    setExpanded([row.id], event.key === 'ArrowRight');
    return true;
  }
  if (!row || layersOfRow(row).length === 0 || event.key === 'ArrowLeft') return false;
  const rung = event.currentTarget.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"] .rung[aria-checked="true"], [data-row="${CSS.escape(row.id)}"] .rung`);
  rung?.focus();
  return rung !== null;
}
