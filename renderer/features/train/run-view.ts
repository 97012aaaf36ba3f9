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
  readonly state: 'idle' | 'starting' | 'running' | 'pausing' | 'stopping' | 'paused' | 'ended';
  readonly text: RunText | null;
  readonly ending: string;
  readonly stopQuestion: string | null;
}

/** A run that took longer than this is not stopped by one slip of the hand. */
const ASK_AFTER_SECONDS = 60;

/** The run if there is one, otherwise what a run of the variant in work would be. */
export function runView(run: TrainingRun | null, next: VariantInWork, nowMs: number, formats: Formats): RunView {
  const busy = isTraining(run);
  const shown = run ?? next;
  const progress = run?.progress ?? null;
  const batch = typeof run?.recipe['batch'] === 'number' ? run.recipe['batch'] : null;
  const long = run !== null && run.secondsBefore + (busy ? (nowMs - run.startedAtMs) / 1000 : 0) > ASK_AFTER_SECONDS;
  return {
    name: run ? run.name : next.name,
    // A paused run goes on with the precisions that the variant has now.
    schemes: (run?.state === 'paused' ? next : shown).layers.map(({ scheme }) => scheme),
    layers: shown.layers,
    tags: [...(run && progress?.stage && run.state !== 'finished' ? [progress.stage] : []), `seed ${shown.seed}`],
    state: stateOf(run),
    text: progress && runText(progress, batch, formats),
    ending: busy ? endingOf(run, nowMs, formats) : '',
    stopQuestion: long && (busy || run.state === 'paused') ? stopQuestion(run) : null,
  };
}

function stateOf(run: TrainingRun | null): RunView['state'] {
  if (run === null) return 'idle';
  return run.state === 'finished' || run.state === 'cancelled' || run.state === 'failed' ? 'ended' : run.state;
}

function endingOf(run: TrainingRun | null, nowMs: number, formats: Formats): string {
  const progress = run?.progress;
  if (!progress || progress.secondsLeft <= 0) return '';
  const end = `ends about ${endsAt(nowMs, progress.secondsLeft, formats.locale)}`;
  return progress.activity === 'measuring' ? end : `${end}, the deployed network measured`;
}

function stopQuestion({ checkpoint }: TrainingRun): string {
  return checkpoint ? `The checkpoint of step ${checkpoint.step} stays in memory: the run can be resumed from there.` : 'No checkpoint has been made yet: what was trained so far is lost.';
}
