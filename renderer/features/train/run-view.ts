import type { Formats } from '../../../core/base/format.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { isTraining, type TrainingRun } from '../../state/training.ts';
import { endsAt, runText, type RunText } from './view-model.ts';

export interface VariantInWork {
  readonly name: string;
  readonly layers: readonly { readonly layer: string; readonly scheme: SchemeId }[];
  readonly seed: number;
}

export interface RunView {
  readonly name: string;
  readonly schemes: readonly SchemeId[];
  readonly layers: VariantInWork['layers'];
  readonly tags: readonly string[];
  readonly state: 'idle' | 'starting' | 'running' | 'stopping' | 'ended';
  readonly text: RunText | null;
  readonly ending: string;
  readonly stopQuestion: string | null;
}

/** A run that took longer than this is not stopped by one slip of the hand. */
const ASK_AFTER_MS = 60_000;

/** The run if there is one, otherwise what a run of the variant in work would be. */
export function runView(run: TrainingRun | null, next: VariantInWork, nowMs: number, formats: Formats): RunView {
  const busy = isTraining(run);
  const shown = run ?? next;
  const progress = run?.progress ?? null;
  const batch = typeof run?.recipe['batch'] === 'number' ? run.recipe['batch'] : null;
  const then = 'then the deployed network is measured';
  const long = run !== null && nowMs - run.startedAtMs > ASK_AFTER_MS;
  return {
    name: run ? run.name : next.name,
    schemes: shown.layers.map(({ scheme }) => scheme),
    layers: shown.layers,
    tags: [...(busy && progress?.stage ? [progress.stage] : []), `seed ${shown.seed}`],
    state: run === null ? 'idle' : run.state === 'starting' || run.state === 'running' || run.state === 'stopping' ? run.state : 'ended',
    text: progress && runText(progress, batch, formats),
    ending: progress && busy && progress.secondsLeft > 0 ? `ends about ${endsAt(nowMs, progress.secondsLeft, formats.locale)}, ${then}` : progress && progress.step >= progress.steps ? 'then it becomes a new variant' : then,
    stopQuestion: long && busy ? stopQuestion(run) : null,
  };
}

function stopQuestion(run: TrainingRun): string {
  return run.resumable ? 'The newest checkpoint stays in memory: the run can be resumed from there.' : 'No checkpoint has been made yet: what was trained so far is lost.';
}
