import { roundHalfEven } from '../base/round.ts';
import type { StreamingHistogram } from '../tensor/histogram.ts';
import type { Grid } from './calibration.ts';

/** Affine int8 grid that covers [low, high]; zero is always a level, so that padding is exact. */
export function gridForRange(low: number, high: number): Grid {
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  const scale = Math.fround(Math.max((top - bottom) / 255, 1e-12));
  return { scale, zeroPoint: Math.min(Math.max(roundHalfEven(-128 - bottom / scale), -128), 127) };
}

/** Expected squared error of a grid over a histogram. */
function errorOf(histogram: StreamingHistogram, grid: Grid): number {
  let error = 0;
  const { counts } = histogram;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const x = histogram.centre(i);
    const q = Math.min(Math.max(Math.round(x / grid.scale) + grid.zeroPoint, -128), 127);
    const difference = x - (q - grid.zeroPoint) * grid.scale;
    error += counts[i] * difference * difference;
  }
  return error;
}

const CANDIDATES = 100;

/** Range observers: how the int8 grid of an activation is chosen from its histogram (METHODS §4). */
export const OBSERVERS = {
  'minimum-maximum': (histogram: StreamingHistogram): Grid => gridForRange(histogram.minimum, histogram.maximum),
  /** Best of 100 clips in [0.2, 1] of the whole range by mean squared error. */
  mse: (histogram: StreamingHistogram): Grid => {
    let best = gridForRange(histogram.minimum, histogram.maximum);
    let lowest = errorOf(histogram, best);
    for (let i = 1; i < CANDIDATES; i++) {
      const share = 1 - (0.8 * i) / (CANDIDATES - 1);
      const grid = gridForRange(histogram.minimum * share, histogram.maximum * share);
      const error = errorOf(histogram, grid);
      if (error < lowest) {
        lowest = error;
        best = grid;
      }
    }
    return best;
  },
  percentile: (histogram: StreamingHistogram): Grid => {
    const tail = histogram.total * 0.0001;
    const edge = (from: number, step: number, limit: number): number => {
      let seen = 0;
      for (let i = from; i >= 0 && i < histogram.counts.length; i += step) {
        seen += histogram.counts[i];
        if (seen > tail) return histogram.centre(i);
      }
      return limit;
    };
    return gridForRange(
      edge(0, 1, histogram.minimum),
      edge(histogram.counts.length - 1, -1, histogram.maximum),
    );
  },
} as const satisfies Record<string, (histogram: StreamingHistogram) => Grid>;
export type ObserverId = keyof typeof OBSERVERS;

/** Two-level Lloyd fit of one channel: the two means, split at their midpoint, until they stand still. */
export function twoLevelFit(histogram: StreamingHistogram): { centre: number; halfStep: number } {
  const { counts } = histogram;
  let split = 0;
  for (let i = 0; i < counts.length; i++) split += counts[i] * histogram.centre(i);
  split /= Math.max(histogram.total, 1);
  let low = histogram.minimum;
  let high = histogram.maximum;
  for (let round = 0; round < 30; round++) {
    let lowSum = 0;
    let lowCount = 0;
    let highSum = 0;
    let highCount = 0;
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue;
      const x = histogram.centre(i);
      if (x >= split) {
        highSum += counts[i] * x;
        highCount += counts[i];
      } else {
        lowSum += counts[i] * x;
        lowCount += counts[i];
      }
    }
    if (lowCount > 0) low = lowSum / lowCount;
    if (highCount > 0) high = highSum / highCount;
    const next = (low + high) / 2;
    if (Math.abs(next - split) <= 1e-6 * (high - low)) break;
    split = next;
  }
  // A channel that is constant keeps a threshold just above its value: its bit stays −1, its step is nothing.
  if (!(high > low) || histogram.maximum === histogram.minimum) return { centre: histogram.maximum + 1e-6, halfStep: 0 };
  return { centre: (low + high) / 2, halfStep: (high - low) / 2 };
}
