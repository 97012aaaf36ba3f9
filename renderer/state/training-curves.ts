import type { TrainProgress } from '../../core/jobs/contract.ts';
import { decimate } from '../../core/base/decimate.ts';

export interface LossPoint {
  /** In epochs, fractions included. */
  readonly epoch: number;
  readonly raw: number;
  readonly smoothed: number;
  /** Learning rate. */
  readonly rate: number;
}

export interface AccuracyPoint {
  readonly epoch: number;
  /** Percent; null where only the other one was measured. */
  readonly validation: number | null;
  readonly training: number | null;
}

export interface StageBand {
  readonly stage: string;
  readonly from: number;
  readonly to: number;
}

/** Where a person changed something and the run went on. */
export interface ChangeMark {
  readonly epoch: number;
  readonly changes: readonly string[];
}

/** A layer's health over time, oldest first. */
export interface LayerTrend {
  /** Empty for a layer without codes. */
  readonly flips: readonly number[];
  readonly drift: readonly number[];
  readonly sqnr: readonly number[];
}

/** What the charts draw: bounded in size however long the run. */
export interface Curves {
  readonly loss: readonly LossPoint[];
  readonly accuracy: readonly AccuracyPoint[];
  readonly stages: readonly StageBand[];
  readonly marks: readonly ChangeMark[];
  readonly trends: Readonly<Record<string, LayerTrend>>;
  readonly bestValidation: { readonly epoch: number; readonly share: number } | null;
}

export const EMPTY_CURVES: Curves = { loss: [], accuracy: [], stages: [], marks: [], trends: {}, bestValidation: null };

/** Points of the raw loss: more would be a solid band at the width of the chart. */
const LOSS_POINTS = 400;
/** Points of the training accuracy, each the mean of its neighbourhood. */
const TRAINING_POINTS = 80;
const TREND_POINTS = 18;
/** Weight of the past in the smoothed loss, per report. */
const SMOOTHING = 0.8;

/** Collects every report of one run. Mutable and outside the stores: reports come faster than a screen may draw. */
export interface Recorder {
  readonly record: (progress: TrainProgress) => void;
  readonly curves: () => Curves;
}

type StepFacts = Pick<TrainProgress, 'loss' | 'trainAccuracy' | 'learningRate' | 'stage'>;

export function createRecorder(): Recorder {
  const loss: LossPoint[] = [];
  const training: { epoch: number; value: number }[] = [];
  const validation: AccuracyPoint[] = [];
  const stages: StageBand[] = [];
  const marks: ChangeMark[] = [];
  const trends = new Map<string, { flips: number[]; drift: number[]; sqnr: number[] }>();
  let best: Curves['bestValidation'] = null;
  let average = 0;
  let weight = 0;
  let lastStep = 0;

  const add = (epoch: number, facts: StepFacts): void => {
    // Bias-corrected, so that the first values are not pulled towards zero.
    average = SMOOTHING * average + (1 - SMOOTHING) * facts.loss;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    if (Number.isFinite(facts.loss)) loss.push({ epoch, raw: facts.loss, smoothed: average / weight, rate: facts.learningRate });
    training.push({ epoch, value: facts.trainAccuracy * 100 });
    extendStages(stages, facts.stage, epoch);
  };

  const validated = (epoch: number, share: number): void => {
    validation.push({ epoch, validation: share * 100, training: null });
    if (!best || share > best.share) best = { epoch: Math.max(1, Math.round(epoch)), share };
  };

  /** What a run looked like that was taken up again. */
  const seed = ({ history = [], ...progress }: TrainProgress): void => {
    for (const list of [loss, training, validation, stages, marks]) list.length = 0;
    [average, weight, best] = [0, 0, null];
    for (const entry of history) {
      const epoch = epochOf({ ...progress, step: entry.step });
      add(epoch, entry);
      if (entry.validationAccuracy !== null) validated(epoch, entry.validationAccuracy);
      if (entry.changes) marks.push({ epoch, changes: entry.changes });
    }
    lastStep = history.at(-1)?.step ?? 0;
  };

  const record = (progress: TrainProgress): void => {
    if (progress.history) seed(progress);
    const epoch = epochOf(progress);
    // Validation and what comes after the last step report again, without a new step.
    if (progress.step > lastStep || loss.length === 0) add(epoch, progress);
    lastStep = Math.max(lastStep, progress.step);
    if (progress.validationAccuracy !== undefined) validated(epoch, progress.validationAccuracy);
    for (const { layer, flipRatio, scaleDrift, sqnr } of progress.layers) {
      const trend = trends.get(layer) ?? { flips: [], drift: [], sqnr: [] };
      if (flipRatio !== null) trend.flips.push(flipRatio);
      trend.drift.push(scaleDrift);
      trend.sqnr.push(sqnr);
      trends.set(layer, trend);
    }
  };

  // Every list is a copy: the charts freeze what they are given.
  const curves = (): Curves => ({
    loss: [...decimate(loss, LOSS_POINTS, (point) => point.raw)],
    accuracy: mergeAccuracy(meanPoints(training), validation),
    stages: [...stages],
    marks: [...marks],
    trends: Object.fromEntries([...trends].map(([layer, { flips, drift, sqnr }]) => [layer, { flips: trendOf(flips), drift: trendOf(drift), sqnr: trendOf(sqnr) }])),
    bestValidation: best,
  });

  return { record, curves };
}

const trendOf = (values: readonly number[]): readonly number[] => [...bucketMeans(values, TREND_POINTS)];

export function epochOf(progress: Pick<TrainProgress, 'step' | 'steps' | 'epochs'>): number {
  return progress.steps === 0 ? 0 : (progress.step / progress.steps) * progress.epochs;
}

function extendStages(stages: StageBand[], stage: string, epoch: number): void {
  const last = stages.at(-1);
  if (last?.stage === stage) stages[stages.length - 1] = { ...last, to: epoch };
  else stages.push({ stage, from: last?.to ?? 0, to: epoch });
}

function meanPoints(points: readonly { readonly epoch: number; readonly value: number }[]): readonly AccuracyPoint[] {
  const epochs = bucketMeans(points.map((point) => point.epoch), TRAINING_POINTS);
  const values = bucketMeans(points.map((point) => point.value), TRAINING_POINTS);
  return epochs.map((epoch, index) => ({ epoch, validation: null, training: values[index] }));
}

/** In order of time. */
function mergeAccuracy(training: readonly AccuracyPoint[], validation: readonly AccuracyPoint[]): readonly AccuracyPoint[] {
  return [...training, ...validation].sort((a, b) => a.epoch - b.epoch);
}

/** Means of at most `count` runs of neighbouring values. */
export function bucketMeans(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, bucket) => {
    const part = values.slice(Math.floor((bucket * values.length) / count), Math.floor(((bucket + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** The point of a line nearest to an epoch; null for an empty line. */
export function nearest<T extends { readonly epoch: number }>(points: readonly T[], epoch: number): T | null {
  let found: T | null = null;
  for (const point of points) {
    if (!found || Math.abs(point.epoch - epoch) < Math.abs(found.epoch - epoch)) found = point;
  }
  return found;
}
