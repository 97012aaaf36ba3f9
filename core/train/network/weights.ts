import * as tf from '@tensorflow/tfjs-core';
import type { OptionValues } from '../../quant/fields.ts';
import type { WeightFormula } from '../../quant/formula.ts';
import { tensorOps } from '../tensor-ops.ts';

export interface LayerQuantiser {
  readonly layer: string;
  readonly scheme: string;
  readonly formula: WeightFormula;
  readonly options: OptionValues;
  readonly channels: number;
  /** Kept through the whole run where the formula says so; null where it is computed from the latent weights. */
  readonly fixedScale: Float32Array | null;
}

export interface QuantisedWeights {
  /** [fanIn, channels] */
  readonly codes: tf.Tensor;
  /** [channels] */
  readonly scale: tf.Tensor;
  readonly gradientMask: tf.Tensor;
}

/** Codes and scales of latent weights. To be called inside a tidy; records nothing when called inside a kernel. */
export function quantiseWeights(latent: tf.Tensor, { formula, options, channels, fixedScale }: LayerQuantiser): QuantisedWeights {
  const weights = tf.reshape(latent, [-1, channels]);
  const scale = fixedScale ? tf.tensor1d(fixedScale) : formula.scale(tensorOps, weights, options);
  const { codes, gradientMask } = formula.codes(tensorOps, weights, scale, options);
  return { codes, scale, gradientMask };
}

/**
 * ŵ = codes·scale with the straight-through gradient g·mask (METHODS §2). Codes and scale are detached: they are computed
 * inside the custom operator, where nothing is recorded.
 */
export function fakeQuantiseWeights(latent: tf.Tensor, quantiser: LayerQuantiser): tf.Tensor {
  const operator = tf.customGrad((w, save) => {
    const weights = w as tf.Tensor;
    const { codes, scale, gradientMask } = quantiseWeights(weights, quantiser);
    const mask = tf.reshape(gradientMask, weights.shape);
    // A tensor that the gradient only closes over is gone by then: it has to be saved.
    (save as tf.GradSaveFunc)([mask]);
    const value = tf.reshape(tf.mul(codes, scale), weights.shape);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]) };
  });
  return operator(latent);
}
