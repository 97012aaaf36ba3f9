import { join, MISSING } from '../../core/base/format.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import type { Project } from '../../core/project/schema.ts';
import type { HistoryStep } from '../state/document.ts';
import { inSlices } from '../state/history-record.ts';
import { activeNetwork, sizeOf } from '../state/select/network.ts';
import { formats } from '../ui/format.ts';

export interface HistoryRow {
  readonly number: number;
  readonly name: string;
  /** Of the variant that was in work; a dash until it is known. */
  readonly size: string;
  /** A dash where it was not measured. */
  readonly accuracy: string;
  readonly isCurrent: boolean;
  /** Redo goes there; the next edit forgets it. */
  readonly isUndone: boolean;
}

/** Bytes of the variant that was in work. */
export type StepSizes = ReadonlyMap<Project, number>;

/** Drawing hundreds of rows takes longer than finding some more of them. */
const TELL_EVERY_MS = 150;

/** Finds the size of each step, newest first, a little at a time: an opened project may bring hundreds. */
export async function findSizes(steps: readonly HistoryStep[], known: StepSizes, signal: AbortSignal, found: (sizes: StepSizes) => void): Promise<void> {
  const sizes = new Map(known);
  const unknown = steps.map(({ project }) => project).filter((project) => !sizes.has(project));
  if (unknown.length === 0) return;
  let toldMs = performance.now();
  const find = (project: Project): void => {
    const { graph, plan } = activeNetwork(project);
    sizes.set(project, sizeOf(graph, plan).totalBytes);
  };
  const tell = (): void => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    found(new Map(sizes));
  };
  await inSlices(unknown.toReversed(), find, signal, tell);
  if (!signal.aborted) found(sizes);
}

/** Newest first. */
export function historyRows(steps: readonly HistoryStep[], index: number, evaluations: Readonly<Record<string, Evaluation>>, sizes: StepSizes): readonly HistoryRow[] {
  return steps
    .map(({ name, project }, number) => {
      const evaluation = evaluations[activeNetwork(project).key];
      const size = sizes.get(project);
      return {
        number,
        name,
        size: size === undefined ? MISSING : join(formats.size(size)),
        accuracy: evaluation ? formats.percent(evaluation.accuracy, 1) : MISSING,
        isCurrent: number === index,
        isUndone: number > index,
      };
    })
    .toReversed();
}
