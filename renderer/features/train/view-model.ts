import type { Formats } from '../../../core/base/format.ts';
import type { Evaluation, TrainProgress } from '../../../core/jobs/contract.ts';
import { lossRise } from '../../../core/train/verdict.ts';
import type { Curves, StageBand } from '../../state/training-curves.ts';

export interface RunText {
  readonly share: number;
  readonly epochEnds: readonly number[];
  readonly where: string;
  readonly rate: string;
  readonly left: string;
  /** What is being done beside the steps; empty while it is the steps. */
  readonly activity: string;
}

const ACTIVITIES = {
  training: '',
  validating: 'Validating the epoch',
  're-estimating': 'Measuring batch norm again',
  measuring: 'Measuring the deployed network',
} as const satisfies Record<TrainProgress['activity'], string>;

export function runText(progress: TrainProgress, batch: number | null, formats: Formats): RunText {
  const share = progress.steps === 0 ? 0 : progress.step / progress.steps;
  const images = `${formats.count(progress.imagesPerSecond)} images/s`;
  const steps = batch ? `${formats.short(progress.imagesPerSecond / batch)} steps/s · ${images}` : images;
  // Ticks closer than some pixels would only be a grey bar.
  const dense = progress.epochs > 60;
  return {
    share,
    epochEnds: dense ? [] : Array.from({ length: Math.max(0, Math.ceil(progress.epochs) - 1) }, (_, epoch) => (epoch + 1) / progress.epochs),
    where: `Epoch ${formats.count(progress.epoch)} of ${formats.count(progress.epochs)} · step ${formats.count(progress.step)} of ${formats.count(progress.steps)}`,
    rate: steps,
    left: progress.secondsLeft > 0 ? `${formats.timeLeft(progress.secondsLeft, share)} left` : 'Almost done',
    activity: ACTIVITIES[progress.activity],
  };
}

/** Clock time at which the run ends, in the person's own form. */
export function endsAt(nowMs: number, secondsLeft: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(nowMs + secondsLeft * 1000);
}

export interface ResultText {
  readonly tone: 'better' | 'warn';
  readonly title: string;
  readonly detail: string;
}

/** More points than this between the deployed network and the simulation is more than rounding. */
const AGREEMENT_POINTS = 0.5;

/** The number that counts is the deployed network's; the simulation only stands beside it. */
export function resultText(name: string, deployed: Evaluation, simulated: number, formats: Formats): ResultText {
  const accuracy = formats.accuracy(deployed.accuracy, deployed.interval);
  const title = `${name}: ${accuracy.value} ${accuracy.spread}`;
  const images = `${formats.count(deployed.count)} validation images, deployed network`;
  const gap = (deployed.accuracy - simulated) * 100;
  const simulation = `the simulation said ${formats.decimal(simulated * 100, 1)}\u00a0%`;
  if (Math.abs(gap) <= AGREEMENT_POINTS) return { tone: 'better', title, detail: `${images}; ${simulation}.` };
  return { tone: 'warn', title, detail: `${images}; ${simulation}, ${formats.signed(gap, 1)}\u00a0pt from what is deployed.` };
}

/** One sentence with the finding, for people who do not see the chart. */
export function lossSummary(curves: Curves, formats: Formats): string {
  const first = curves.loss[0];
  const last = curves.loss.at(-1);
  if (!first || !last) return 'Training loss: no step has ended yet.';
  const trend = last.smoothed < first.smoothed * 0.98 ? 'falling' : last.smoothed > first.smoothed * 1.02 ? 'rising' : 'level';
  const changes = curves.marks.map((mark) => ` Changed at epoch ${formats.decimal(mark.epoch, 1)}: ${mark.changes.join(', ')}.`);
  return `Training loss by epoch, ${trend} from ${formats.short(first.smoothed)} to ${formats.short(last.smoothed)}.${changes.join('')}`;
}

export function accuracySummary(curves: Curves, teacher: number | null, formats: Formats): string {
  const checks = curves.accuracy.filter((point) => point.validation !== null);
  const last = checks.at(-1);
  if (!last) return 'Validation accuracy: no epoch has been checked yet.';
  const against = teacher === null ? '' : `, against the teacher at ${formats.decimal(teacher, 1)} percent`;
  return `Validation accuracy by epoch, ${formats.decimal(checks[0].validation ?? 0, 1)} to ${formats.decimal(last.validation ?? 0, 1)} percent${against}.`;
}

export function stageAt(stages: readonly StageBand[], epoch: number): string {
  return stages.find((band) => epoch <= band.to)?.stage ?? stages.at(-1)?.stage ?? '';
}

/** Points of validation accuracy below its best that are more than noise on a thousand images. */
const FALL_POINTS = 3;

/** What is wrong with the whole run, in plain words, with what helps. */
export function runWarnings(curves: Curves, formats: Formats): readonly string[] {
  const stage = curves.stages.at(-1);
  const points = curves.loss.filter(({ epoch }) => !stage || epoch >= stage.from).map(({ epoch, smoothed }) => ({ at: epoch, loss: smoothed }));
  const rise = lossRise(points);
  const epoch = (value: number): string => formats.decimal(value, 1);
  const warnings: string[] = [];
  if (rise) warnings.push(`The loss has risen from ${formats.short(rise.from)} at epoch ${epoch(rise.lowestAt)} to ${formats.short(rise.to)}: pause, and go on with a lower learning rate.`);
  const best = curves.bestValidation;
  const newest = curves.accuracy.findLast((point) => point.validation !== null)?.validation;
  const sameStage = best && (!stage || best.epoch >= stage.from);
  if (best && sameStage && newest != null && best.share * 100 - newest > FALL_POINTS) {
    warnings.push(`Validation accuracy is ${formats.decimal(best.share * 100 - newest, 1)}\u00a0pt below its best at epoch ${best.epoch}: the network may be learning its training images by heart, or the learning rate is too high.`);
  }
  return warnings;
}
