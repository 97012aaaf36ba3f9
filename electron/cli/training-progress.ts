import type { TrainProgress } from '../../core/jobs/contract.ts';
import { choiceOf } from '../../core/schemes/layer-facts.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { layerState } from '../../core/train/verdict.ts';
import { duration, type Terminal } from './terminal.ts';

const ACTIVITIES = {
  training: '',
  validating: 'validating',
  're-estimating': 'measuring batch norm',
  measuring: 'measuring the deployed network',
} as const satisfies Record<TrainProgress['activity'], string>;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** One line while a run goes on, and a line that stays for each epoch, stage and change. */
export function createTrainingProgress(terminal: Terminal, plan: Plan): (progress: TrainProgress) => void {
  let validation: number | null = null;
  let stage: string | null = null;
  const say = (text: string): void => {
    terminal.progress.clear();
    terminal.say(text);
  };
  return (progress) => {
    const { step, steps, epoch, epochs, loss, history } = progress;
    if (stage === null) say(`Runs on ${progress.backend}.`);
    if (history) sayTakenUp(progress, say);
    if (stage !== progress.stage) say(`${progress.stage}, from step ${step} of ${steps}.`);
    stage = progress.stage;
    if (progress.validationAccuracy !== undefined) {
      validation = progress.validationAccuracy;
      say(`Epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}, training ${percent(progress.trainAccuracy)}, validation ${percent(validation)}${teacherText(progress)}.`);
      warningsOf(progress, plan).forEach(say);
    }
    terminal.progress.show(`Epoch ${epoch} of ${epochs}`, step, steps, detailOf(progress, validation));
  };
}

function sayTakenUp({ step, steps, history = [] }: TrainProgress, say: (text: string) => void): void {
  const changes = history.at(-1)?.changes ?? [];
  say(`Goes on at step ${step} of ${steps}${changes.length > 0 ? `: ${changes.join(', ')}` : ''}.`);
}

function teacherText({ teacherAccuracy }: TrainProgress): string {
  return teacherAccuracy === undefined ? '' : ` (teacher ${percent(teacherAccuracy)})`;
}

function detailOf(progress: TrainProgress, validation: number | null): string {
  const { loss, trainAccuracy, learningRate, imagesPerSecond, secondsLeft, activity } = progress;
  return [
    ACTIVITIES[activity],
    `loss ${loss.toFixed(4)}`,
    `training ${percent(trainAccuracy)}`,
    validation === null ? '' : `validation ${percent(validation)}`,
    `rate ${learningRate.toExponential(1)}`,
    `${Math.round(imagesPerSecond)} images/s`,
    secondsLeft > 0 ? `${duration(1000 * secondsLeft)} left` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** Layers that are not as they should be, once an epoch. */
function warningsOf({ layers, step, steps }: TrainProgress, plan: Plan): readonly string[] {
  return layers.flatMap((health) => {
    const state = layerState(health, choiceOf(plan, health.layer).scheme, [], step / steps);
    if (state === 'still flipping') return [`${health.layer}: ${percent(health.flipRatio ?? 0)} of its signs still flip with each step; a lower learning rate would settle them.`];
    return state === 'scale drifts' ? [`${health.layer}: its scales have moved by ${percent(health.scaleDrift)} since calibration.`] : [];
  });
}
