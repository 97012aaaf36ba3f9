import type { OptionValues } from './fields.ts';
import type { Ops } from './ops.ts';
import type { Codes, WeightFormula } from './formula.ts';

/** Scales below this stand for an all-zero channel (METHODS §3: keep s ≥ 1e-6). */
const SMALLEST_SCALE = 1e-6;
const CLIP_CANDIDATES = 100;

function clampedCodes<T>(ops: Ops<T>, weights: T, scale: T, largest: number): T {
  const rounded = ops.round(ops.divide(weights, scale));
  return ops.minimum(ops.maximum(rounded, ops.constant(-largest)), ops.constant(largest));
}

function maximumScale<T>(ops: Ops<T>, weights: T, largest: number): T {
  const top = ops.channelMaximum(ops.absolute(weights));
  return ops.maximum(ops.divide(top, ops.constant(largest)), ops.constant(SMALLEST_SCALE));
}

/** Best of 100 clips in [0.2, 1]·max|w| by mean squared error, per channel (METHODS §3). */
function searchScale<T>(ops: Ops<T>, weights: T, largest: number): T {
  const full = maximumScale(ops, weights, largest);
  const errorOf = (scale: T): T => {
    const difference = ops.subtract(weights, ops.multiply(clampedCodes(ops, weights, scale, largest), scale));
    return ops.channelSum(ops.multiply(difference, difference));
  };
  let best = full;
  let lowest = errorOf(full);
  for (let i = 1; i < CLIP_CANDIDATES; i++) {
    const share = 1 - (0.8 * i) / (CLIP_CANDIDATES - 1);
    const scale = ops.maximum(ops.multiply(full, ops.constant(share)), ops.constant(SMALLEST_SCALE));
    const error = errorOf(scale);
    const better = ops.greater(lowest, error);
    best = ops.add(best, ops.multiply(better, ops.subtract(scale, best)));
    lowest = ops.minimum(lowest, error);
  }
  return best;
}

/** Symmetric uniform grid −largest…largest with one scale per output channel. */
export function uniformFormula(largest: number): WeightFormula {
  return {
    scale: <T>(ops: Ops<T>, weights: T, options: OptionValues): T =>
      options['clip'] === 'maximum' ? maximumScale(ops, weights, largest) : searchScale(ops, weights, largest),
    codes: <T>(ops: Ops<T>, weights: T, scale: T): Codes<T> => ({
      codes: clampedCodes(ops, weights, scale, largest),
      gradientMask: ops.greaterEqual(ops.multiply(scale, ops.constant(largest)), ops.absolute(weights)),
    }),
    trainedScale: 'fixed',
    clipsLatents: false,
  };
}
