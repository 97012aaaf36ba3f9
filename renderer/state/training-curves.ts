import type { TrainProgress } from '../../core/jobs/contract.ts';
import { decimate } from '../../core/base/decimate.ts';

export interface LossPoint {
  /** In epochs, fractions included. */
  readonly epoch: number;
  readonly raw: number;
  readonly smoothed: number;
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

/** What the charts draw: bounded in size however long the run. */
export interface Curves {
  readonly loss: readonly LossPoint[];
  readonly accuracy: readonly AccuracyPoint[];
  readonly stages: readonly StageBand[];
  /** Flip ratio over time of each layer that has signs, oldest first. */
  readonly flips: Readonly<Record<string, readonly number[]>>;
  readonly bestValidation: { readonly epoch: number; readonly share: number } | null;
}

export const EMPTY_CURVES: Curves = { loss: [], accuracy: [], stages: [], flips: {}, bestValidation: null };

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

export function createRecorder(): Recorder {
  const loss: LossPoint[] = [];
  const training: { epoch: number; value: number }[] = [];
  const validation: AccuracyPoint[] = [];
  const stages: StageBand[] = [];
  const flips = new Map<string, number[]>();
  let best: Curves['bestValidation'] = null;
  let average = 0;
  let weight = 0;

  const record = (progress: TrainProgress): void => {
    const epoch = epochOf(progress);
    // Bias-corrected, so that the first values are not pulled towards zero.
    average = SMOOTHING * average + (1 - SMOOTHING) * progress.loss;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    if (Number.isFinite(progress.loss)) loss.push({ epoch, raw: progress.loss, smoothed: average / weight });
    training.push({ epoch, value: progress.trainAccuracy * 100 });
    if (progress.validationAccuracy !== undefined) {
      validation.push({ epoch, validation: progress.validationAccuracy * 100, training: null });
      if (!best || progress.validationAccuracy > best.share) best = { epoch: progress.epoch, share: progress.validationAccuracy };
    }
    extendStages(stages, progress.stage, epoch);
    for (const { layer, flipRatio } of progress.layers) {
      if (flipRatio === null) continue;
      const trend = flips.get(layer) ?? [];
      trend.push(flipRatio);
      flips.set(layer, trend);
    }
  };

  // Every list is a copy: the charts freeze what they are given.
  const curves = (): Curves => ({
    loss: [...decimate(loss, LOSS_POINTS, (point) => point.raw)],
    accuracy: mergeAccuracy(meanPoints(training), validation),
    stages: [...stages],
    flips: Object.fromEntries([...flips].map(([layer, trend]) => [layer, [...bucketMeans(trend, TREND_POINTS)]])),
    bestValidation: best,
  });

  return { record, curves };
}

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
