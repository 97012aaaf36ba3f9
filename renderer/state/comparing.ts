import { createStore } from 'zustand/vanilla';
import type { Project } from '../../core/project/schema.ts';
import { ORIGINAL } from './edits/new-project.ts';

export const COLUMN_LETTERS = ['A', 'B', 'C', 'D', 'E', 'F'] as const;
export const FEWEST_COLUMNS = 2;

export interface VariantPair {
  readonly before: string;
  readonly after: string;
}

export interface ComparingState {
  /** Variants chosen as columns; see `shownColumns` for what is on screen. */
  readonly chosen: readonly string[];
  readonly onlyDifferences: boolean;
  /** Two variants whose answers are compared picture by picture. */
  readonly pair: VariantPair | null;
  readonly allFlips: boolean;
  /** What stands under the columns: layer by layer, or the graphs of the pair side by side. */
  readonly view: 'layers' | 'graphs';
  readonly explaining: boolean;
  /** Test images that a gap is explained on. */
  readonly gapImages: (typeof GAP_IMAGES)[number];
}

/** More take longer and tell smaller gaps from chance. */
export const GAP_IMAGES = [200, 1000] as const;

export const comparingStore = createStore<ComparingState>(() => ({ chosen: [], onlyDifferences: true, pair: null, allFlips: false, view: 'layers', explaining: false, gapImages: 200 }));

/** Two to six variants that exist: the chosen ones, filled up with the one in work, its parent and the newest. */
export function shownColumns(project: Project, chosen: readonly string[]): readonly string[] {
  const present = chosen.filter((id) => project.variants[id]).slice(0, COLUMN_LETTERS.length);
  if (present.length >= Math.min(FEWEST_COLUMNS, project.order.length)) return present;
  const parent = project.variants[project.active].parent;
  const others = [...(parent === null ? [] : [parent]), project.active, ...project.order.toReversed()];
  const filled = new Set(present);
  for (const id of others) if (filled.size < FEWEST_COLUMNS && project.variants[id]) filled.add(id);
  return project.order.filter((id) => filled.has(id));
}

/** Adds or removes a column; the last two stay. */
export function toggleColumn(project: Project, id: string): void {
  const shown = shownColumns(project, comparingStore.getState().chosen);
  const next = shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id];
  if (next.length < FEWEST_COLUMNS || next.length > COLUMN_LETTERS.length) return;
  comparingStore.setState({ chosen: next });
}

/** The pair whose answers are compared: chosen, or the original against the first column that is another. */
export function shownPair(project: Project, columns: readonly string[], pair: ComparingState['pair']): VariantPair | null {
  if (pair && project.variants[pair.before] && project.variants[pair.after]) return pair;
  const after = columns.find((id) => id !== ORIGINAL);
  return after === undefined || !project.variants[ORIGINAL] ? null : { before: ORIGINAL, after };
}
