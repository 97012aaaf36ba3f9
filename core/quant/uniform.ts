import type { OptionValues } from './fields.ts';
import { SMALLEST_SCALE } from './least-squares-scale.ts';
import type { Ops } from './ops.ts';
import type { Codes, WeightFormula } from './formula.ts';


function clampedCodes<T>(ops: Ops<T>, weights: T, scale: T, largest: number): T {
  const rounded = ops.round(ops.divide(weights, scale));
  return ops.minimum(ops.maximum(rounded, ops.constant(-largest)), ops.constant(largest));
}

function maximumScale<T>(ops: Ops<T>, weights: T, largest: number): T {
  const top = ops.channelMaximum(ops.absolute(weights));
  return ops.maximum(ops.divide(top, ops.constant(largest)), ops.constant(SMALLEST_SCALE));
}

/** Symmetric uniform grid −largest…largest with one scale per output channel. */
export function uniformFormula(largest: number): WeightFormula {
  return {
    scale: <T>(ops: Ops<T>, weights: T, options: OptionValues): T =>
      options['clip'] === 'maximum' ? maximumScale(ops, weights, largest) : ops.leastSquaresScale(weights, largest),
    codes: <T>(ops: Ops<T>, weights: T, scale: T): Codes<T> => ({
      codes: clampedCodes(ops, weights, scale, largest),
      gradientMask: ops.greaterEqual(ops.multiply(scale, ops.constant(largest)), ops.absolute(weights)),
    }),
    levels: () => 'grid',
    trainedScale: 'fixed',
    // Esser et al. 2020, Learned Step Size Quantization, eq. 3 and §2.2: round(w/s) − w/s inside, the last level outside.
    learnedScale: {
      slope: <T>(ops: Ops<T>, weights: T, scale: T, { codes, gradientMask }: Codes<T>): T => ops.subtract(codes, ops.multiply(gradientMask, ops.divide(weights, scale))),
      factor: (fanIn) => 1 / Math.sqrt(fanIn * largest),
    },
    clipsLatents: false,
  };
}
