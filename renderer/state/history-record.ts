import { changesBetween, type Change } from '../../core/project/changes.ts';
import { documentOf } from '../../core/project/document.ts';
import type { HistoryRecord } from '../../core/project/project-file.ts';
import type { Project } from '../../core/project/schema.ts';
import type { DocumentState } from './document.ts';

/** What a step changes does not change: only new steps are compared when a long history is saved again. */
const known = new WeakMap<Project, { readonly before: Project; readonly changes: readonly Change[] }>();

export function historyRecord({ steps, index }: Pick<DocumentState, 'steps' | 'index'>): HistoryRecord {
  const [first, ...later] = steps;
  if (!first) throw new Error('A history has at least one step.');
  return {
    base: documentOf(first.project),
    first: first.name,
    steps: later.map(({ name, project }, position) => ({ name, changes: changesOf(steps[position].project, project) })),
    index,
  };
}

function changesOf(before: Project, after: Project): readonly Change[] {
  const found = known.get(after);
  if (found?.before === before) return found.changes;
  const changes = changesBetween(documentOf(before), documentOf(after));
  known.set(after, { before, changes });
  return changes;
}

/** Longest time that the page stands still for it. */
const SLICE_MS = 4;

/** Does something for each item, a little at a time. Stops when the signal aborts. */
export async function inSlices<T>(items: Iterable<T>, act: (item: T) => void, signal?: AbortSignal, afterSlice?: () => void): Promise<void> {
  let sinceMs = performance.now();
  for (const item of items) {
    if (signal?.aborted) return;
    act(item);
    if (performance.now() - sinceMs < SLICE_MS) continue;
    afterSlice?.();
    await new Promise((resolve) => setTimeout(resolve));
    sinceMs = performance.now();
  }
}

/** Compares the steps that were not compared yet, so that `historyRecord` is quick: hundreds at once, after a project was opened. */
export function prepareHistory({ steps }: Pick<DocumentState, 'steps'>): Promise<void> {
  return inSlices(steps.entries(), ([position, { project }]) => {
    if (position > 0) changesOf(steps[position - 1].project, project);
  });
}
