import type { NodeId } from '../../../../core/graph/graph.ts';
import { sessionStore } from '../../../state/session.ts';
import { layersOfRow, type TableRow } from './rows.ts';

export type SelectMode = 'one' | 'range' | 'toggle' | 'focus';

/** Selects a row alone, everything from the anchor to it, adds and removes it, or only goes there. */
export function selectRow(rows: readonly TableRow[], id: string, mode: SelectMode): void {
  const row = rows.find((candidate) => candidate.id === id);
  if (!row) return;
  const { selection, anchor } = sessionStore.getState();
  if (mode === 'focus') return void sessionStore.setState({ focused: id });
  if (mode === 'range') {
    const layers = rangeOf(rows, anchor ?? id, id);
    sessionStore.setState({ selection: layers, focused: id });
    return;
  }
  const own = row.kind === 'pass' ? [row.id] : layersOfRow(row);
  if (mode === 'toggle') {
    const [before, toggled] = [new Set(selection), new Set(own)];
    const present = own.every((layer) => before.has(layer));
    const next = present ? selection.filter((layer) => !toggled.has(layer)) : [...selection, ...own.filter((layer) => !before.has(layer))];
    sessionStore.setState({ selection: next, focused: id, anchor: id });
    return;
  }
  sessionStore.setState({ selection: own, focused: id, anchor: id });
}

function rangeOf(rows: readonly TableRow[], from: string, to: string): readonly NodeId[] {
  const start = rows.findIndex((row) => row.id === from);
  const end = rows.findIndex((row) => row.id === to);
  if (start < 0 || end < 0) return [];
  const part = rows.slice(Math.min(start, end), Math.max(start, end) + 1);
  return [...new Set(part.flatMap(layersOfRow))];
}

/** The row that a key leads to, or null. Type-ahead looks for the next name that begins with the letter. */
export function rowForKey(rows: readonly TableRow[], current: string | null, key: string): TableRow | null {
  const position = rows.findIndex((row) => row.id === current);
  if (key === 'ArrowDown') return rows[Math.min(rows.length - 1, position + 1)] ?? null;
  if (key === 'ArrowUp') return rows[Math.max(0, position - 1)] ?? null;
  if (key === 'Home') return rows[0] ?? null;
  if (key === 'End') return rows[rows.length - 1] ?? null;
  if (key === 'PageDown') return rows[Math.min(rows.length - 1, position + 10)] ?? null;
  if (key === 'PageUp') return rows[Math.max(0, position - 10)] ?? null;
  return null;
}

export function rowForLetter(rows: readonly TableRow[], current: string | null, letter: string): TableRow | null {
  const position = rows.findIndex((row) => row.id === current);
  const after = [...rows.slice(position + 1), ...rows.slice(0, position + 1)];
  return after.find((row) => labelOf(row).toLowerCase().startsWith(letter.toLowerCase())) ?? null;
}

export function labelOf(row: TableRow): string {
  return row.kind === 'block' ? row.block.label : row.node.label;
}
