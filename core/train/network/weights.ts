import * as tf from '@tensorflow/tfjs-core';
import type { OptionValues } from '../../quant/fields.ts';
import type { WeightFormula } from '../../quant/formula.ts';
import { twoLevelsOf, type TwoLevels } from '../../quant/two-levels.ts';
import { tensorOps } from '../tensor-ops.ts';
import type { LearnedScale } from './learned-scale.ts';
import type { WeightTransform } from './weight-transform.ts';

export interface LayerQuantiser {
  readonly layer: string;
  readonly scheme: string;
  readonly formula: WeightFormula;
  readonly options: OptionValues;
  readonly channels: number;
  /** What the codes are computed from; null: the latent weights themselves. */
  readonly transform: WeightTransform | null;
  readonly scale:
    | { readonly kind: 'fixed'; readonly values: Float32Array }
    | { readonly kind: 'learned'; readonly learned: LearnedScale }
    /** Magnitudes of the positive and then of the negative codes, [2·channels]. */
    | { readonly kind: 'levels'; readonly learned: LearnedScale }
    /** From the weights, at each step; `exact`: the gradient knows that. */
    | { readonly kind: 'recomputed'; readonly exact: boolean };
}

interface QuantisedWeights {
  /** [fanIn, channels] */
  readonly codes: tf.Tensor;
  /** [channels] */
  readonly scale: tf.Tensor;
  readonly gradientMask: tf.Tensor;
}

/** Codes and scales of transformed weights. To be called inside a tidy; records nothing when called inside a kernel. */
export function quantiseWeights(weights: tf.Tensor, { formula, options, channels, scale: source }: LayerQuantiser): QuantisedWeights {
  const flat = tf.reshape(weights, [-1, channels]);
  if (source.kind === 'levels') {
    const { scale, levels } = learnedLevels(source.learned);
    const { codes, gradientMask } = formula.codes(tensorOps, flat, tf.tensor1d(scale), options);
    const magnitudes = (shift: number): tf.Tensor => tf.tensor1d(Float32Array.from(levels, (pair) => (pair >> shift) & 0xff));
    const negative = tf.mul(tensorOps.greater(tf.scalar(0), codes), magnitudes(8));
    return { codes: tf.sub(tf.mul(tensorOps.greater(codes, tf.scalar(0)), magnitudes(0)), negative), scale: tf.tensor1d(scale), gradientMask };
  }
  const scale = source.kind === 'recomputed' ? formula.scale(tensorOps, flat, options) : tf.tensor1d(source.kind === 'fixed' ? source.values : source.learned.current());
  const { codes, gradientMask } = formula.codes(tensorOps, flat, scale, options);
  return { codes, scale, gradientMask };
}

type Operator = (...inputs: tf.Tensor[]) => tf.Tensor;

/** ŵ = codes·scale of transformed weights with the straight-through gradient that the quantiser asks for. */
export function fakeQuantiseWeights(weights: tf.Tensor, quantiser: LayerQuantiser): tf.Tensor {
  const { scale } = quantiser;
  if (scale.kind === 'levels') return trainedTernary(quantiser, scale.learned)(weights, scale.learned.ratio);
  if (scale.kind === 'learned') return learned(quantiser, scale.learned)(weights, scale.learned.ratio);
  return scale.kind === 'recomputed' && scale.exact ? exact(quantiser)(weights) : detached(quantiser)(weights);
}

/**
 * g·mask (METHODS §2). Codes and scale are detached: they are computed inside the custom operator, where nothing is recorded.
 */
function detached(quantiser: LayerQuantiser): Operator {
  return tf.customGrad((...given) => {
    const [weights, save] = given as [tf.Tensor, tf.GradSaveFunc];
    const { codes, scale, gradientMask } = quantiseWeights(weights, quantiser);
    // A tensor that the gradient only closes over is gone by then: it has to be saved.
    save([tf.reshape(gradientMask, weights.shape)]);
    const value = tf.reshape(tf.mul(codes, scale), weights.shape);
    return { value, gradFunc: (dy: tf.Tensor, [mask]: tf.Tensor[]) => tf.mul(dy, mask) };
  });
}

/** (g·α·mask) + (∂α/∂W)·Σ g·code with ∂α/∂W = code ÷ Σ|code|: α is the mean magnitude of the weights whose code is not 0. */
function exact(quantiser: LayerQuantiser): Operator {
  return tf.customGrad((...given) => {
    const [weights, save] = given as [tf.Tensor, tf.GradSaveFunc];
    const { codes, scale, gradientMask } = quantiseWeights(weights, quantiser);
    save([codes, scale, gradientMask]);
    const value = tf.reshape(tf.mul(codes, scale), weights.shape);
    const gradFunc = (dy: tf.Tensor, [code, alpha, mask]: tf.Tensor[]): tf.Tensor => {
      const g = tf.reshape(dy, code.shape);
      const count = tensorOps.maximum(tensorOps.channelSum(tf.abs(code)), tf.scalar(1));
      const ofScale = tf.div(tensorOps.channelSum(tf.mul(g, code)), count);
      return tf.reshape(tf.add(tf.mul(tf.mul(g, alpha), mask), tf.mul(code, ofScale)), dy.shape);
    };
    return { value, gradFunc };
  });
}

/** Weights: g·mask, times the scale where that is the level itself. Scale: Σ g·∂ŵ/∂scale, for its ratio to the start. */
function learned(quantiser: LayerQuantiser, source: LearnedScale): Operator {
  const { formula, channels } = quantiser;
  return tf.customGrad((...given) => {
    const [weights, , save] = given as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { codes, scale, gradientMask } = quantiseWeights(weights, quantiser);
    const flat = tf.reshape(weights, codes.shape);
    const slope = formula.learnedScale.slope(tensorOps, flat, scale, { codes, gradientMask });
    const through = formula.trainedScale === 'recomputed' ? tf.mul(gradientMask, scale) : gradientMask;
    save([through, slope]);
    const perRatio = source.start.map((start) => start * formula.learnedScale.factor(weights.size / channels));
    const gradFunc = (dy: tf.Tensor, [mask, slopes]: tf.Tensor[]): tf.Tensor[] => {
      const g = tf.reshape(dy, mask.shape);
      const ofScale = tensorOps.channelSum(tf.mul(g, slopes));
      return [tf.reshape(tf.mul(g, mask), dy.shape), tf.mul(ofScale, tf.tensor1d(perRatio))];
    };
    return { value: tf.reshape(tf.mul(codes, scale), weights.shape), gradFunc };
  }) as Operator;
}

export function learnedLevels(learned: LearnedScale): TwoLevels {
  const magnitudes = learned.current();
  const channels = magnitudes.length / 2;
  return twoLevelsOf(magnitudes.subarray(0, channels), magnitudes.subarray(channels));
}

/**
 * Zhu et al. 2017, TTQ, eq. 7 and 8, with the minus that ŵ = −Wn asks for: ∂Wp = Σ g over the positive codes, ∂Wn = −Σ g over
 * the negative ones; weights g·Wp, g or g·Wn inside ±1.
 */
function trainedTernary(quantiser: LayerQuantiser, source: LearnedScale): Operator {
  return tf.customGrad((...given) => {
    const [weights, , save] = given as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { codes, scale, gradientMask } = quantiseWeights(weights, quantiser);
    const value = tf.mul(codes, scale);
    const isZero = tf.cast(tf.equal(codes, 0), 'float32');
    const positive = tensorOps.greater(codes, tf.scalar(0));
    save([tf.mul(gradientMask, tf.add(tf.abs(value), isZero)), positive, tensorOps.greater(tf.scalar(0), codes)]);
    const gradFunc = (dy: tf.Tensor, [through, above, below]: tf.Tensor[]): tf.Tensor[] => {
      const g = tf.reshape(dy, through.shape);
      const sums = tf.concat([tensorOps.channelSum(tf.mul(g, above)), tf.neg(tensorOps.channelSum(tf.mul(g, below)))]);
      return [tf.reshape(tf.mul(g, through), dy.shape), tf.mul(sums, tf.tensor1d(source.start))];
    };
    return { value: tf.reshape(value, weights.shape), gradFunc };
  }) as Operator;
}
