import type { TrainProgress } from '../../core/jobs/contract.ts';
import { duration, type Terminal } from './terminal.ts';

const ACTIVITIES = {
  training: '',
  validating: 'validating',
  're-estimating': 'measuring batch norm',
  measuring: 'measuring the deployed network',
} as const satisfies Record<TrainProgress['activity'], string>;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** One line while a run goes on, and a line that stays for each epoch, stage and change. */
export function createTrainingProgress(terminal: Terminal): (progress: TrainProgress) => void {
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
    }
    for (const warning of flippingLayers(progress)) if (progress.validationAccuracy !== undefined) say(warning);
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

/** More than 1 in 100 codes changed by a single step in the last half of a run is too many (METHODS §2). */
const MOST_FLIPS = 1e-2;

function flippingLayers({ layers, step, steps }: TrainProgress): readonly string[] {
  if (step < steps / 2) return [];
  const flipping = layers.filter(({ flipRatio, sqnr }) => flipRatio !== null && flipRatio > MOST_FLIPS && sqnr < SIGN_SQNR);
  return flipping.map(({ layer, flipRatio }) => `${layer}: ${percent(flipRatio ?? 0)} of its codes still change with each step; a lower learning rate would settle them.`);
}

/** dB; finer grids have more, and their codes move with every step. */
const SIGN_SQNR = 12;
