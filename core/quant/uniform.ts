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
    trainedScale: 'fixed',
    clipsLatents: false,
  };
}
