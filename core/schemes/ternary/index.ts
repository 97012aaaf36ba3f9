import { choice, range, type OptionValues } from '../../quant/fields.ts';
import type { Ops } from '../../quant/ops.ts';
import { packBits, unpackBits } from '../../quant/pack.ts';
import { LEARNED_LEVEL } from '../learned-level.ts';
import type { Codes, Scheme } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

/** Δ = threshold · mean|W| per output channel; 1 where |w| > Δ. */
function nonZero<T>(ops: Ops<T>, magnitude: T, options: OptionValues): T {
  const delta = ops.multiply(ops.channelMean(magnitude), ops.constant(Number(options['threshold'] ?? 0.7)));
  return ops.greater(magnitude, delta);
}

/** Mean magnitude per channel where `kept` is 1. */
function meanWhere<T>(ops: Ops<T>, magnitude: T, kept: T): T {
  const count = ops.maximum(ops.channelSum(kept), ops.constant(1));
  return ops.divide(ops.channelSum(ops.multiply(magnitude, kept)), count);
}

/** 1 where a weight is kept and positive, and where it is kept and negative. */
function sidesOf<T>(ops: Ops<T>, weights: T, options: OptionValues): readonly [T, T] {
  const kept = nonZero(ops, ops.absolute(weights), options);
  const positive = ops.multiply(kept, ops.greater(weights, ops.constant(0)));
  return [positive, ops.subtract(kept, positive)];
}

const hasTwoLevels = (options: OptionValues): boolean => options['levels'] === 'two';
const LARGEST_LEVEL = 127;

/** Of each side its mean magnitude in steps of 1/127 of the larger. */
function twoLevelScale<T>(ops: Ops<T>, weights: T, options: OptionValues): T {
  const magnitude = ops.absolute(weights);
  const [positive, negative] = sidesOf(ops, weights, options).map((side) => meanWhere(ops, magnitude, side));
  return ops.maximum(ops.divide(ops.maximum(positive, negative), ops.constant(LARGEST_LEVEL)), ops.constant(1e-6));
}

function twoLevelCodes<T>(ops: Ops<T>, weights: T, scale: T, options: OptionValues): T {
  const magnitude = ops.absolute(weights);
  const [positive, negative] = sidesOf(ops, weights, options).map((side) => {
    const level = ops.round(ops.divide(meanWhere(ops, magnitude, side), scale));
    return ops.multiply(side, ops.minimum(ops.maximum(level, ops.constant(1)), ops.constant(LARGEST_LEVEL)));
  });
  return ops.subtract(positive, negative);
}

/**
 * Ternary weight networks: {−α, 0, +α} with α = mean(|W| : |W| > Δ); or {−Wn, 0, +Wp}, learned (Zhu et al. 2017, Trained Ternary
 * Quantization) or the means of the two sides.
 */
export const ternary: Scheme = {
  id: 'ternary',
  name: 'TERNARY',
  letter: 'T',
  key: '4',
  bitsPerWeight: 2,
  description: '−α, 0 or +α per output channel, 8-bit inputs',
  paper: 'Li, Zhang, Liu 2016, Ternary Weight Networks, eq. 5–6',
  options: {
    threshold: range(0, 2, 0.01, 0.7, 'Zero threshold', 'share of mean |w| below which a weight is zero'),
    levels: choice(
      [
        { id: 'one', label: 'One magnitude (TWN)' },
        { id: 'two', label: 'One each side (TTQ)' },
      ],
      'one',
      'Levels',
      'two cost 4 bytes more an output channel; training learns them where the recipe learns α',
    ),
  },
  largestCode: 1,
  inputFormat: () => 'int8',
  refusal: () => null,
  weights: {
    scale: <T>(ops: Ops<T>, weights: T, options: OptionValues): T => {
      if (hasTwoLevels(options)) return twoLevelScale(ops, weights, options);
      const magnitude = ops.absolute(weights);
      return ops.maximum(meanWhere(ops, magnitude, nonZero(ops, magnitude, options)), ops.constant(1e-6));
    },
    codes: <T>(ops: Ops<T>, weights: T, scale: T, options: OptionValues): Codes<T> => {
      const magnitude = ops.absolute(weights);
      const one = (): T => ops.multiply(ops.sign(weights), nonZero(ops, magnitude, options));
      return {
        codes: hasTwoLevels(options) ? twoLevelCodes(ops, weights, scale, options) : one(),
        gradientMask: ops.greaterEqual(ops.constant(1), magnitude),
      };
    },
    levels: (options) => (hasTwoLevels(options) ? 2 : 1),
    trainedScale: 'recomputed',
    learnedScale: LEARNED_LEVEL,
    clipsLatents: true,
  },
  // Two bit planes: non-zero mask, then sign; each rounded up to whole bytes.
  packedBytes: (layer) => 2 * Math.ceil(weightCount(layer) / 8),
  pack: (codes) => {
    const mask = packBits(codes.map((code) => (code === 0 ? 0 : 1)), 1);
    const positive = packBits(codes.map((code) => (code > 0 ? 1 : 0)), 1);
    const bytes = new Uint8Array(mask.length * 2);
    bytes.set(mask);
    bytes.set(positive, mask.length);
    return bytes;
  },
  unpack: (bytes, layer) => {
    const count = weightCount(layer);
    const mask = unpackBits(bytes.subarray(0, bytes.length / 2), 1, count);
    const positive = unpackBits(bytes.subarray(bytes.length / 2), 1, count);
    return Int8Array.from(mask, (set, i) => (set === 0 ? 0 : positive[i] === 1 ? 1 : -1));
  },
  tolerance: { gridSteps: 1, gaussianSqnr: [6.9, 7.5] },
};
