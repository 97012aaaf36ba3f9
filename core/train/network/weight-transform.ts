import * as tf from '@tensorflow/tfjs-core';

/** A function of the latent weights that the codes are computed from. What is deployed are its values. */
export interface WeightTransform {
  /** Differentiable. Latent weights of any shape whose last axes are the channels. */
  readonly apply: (latent: tf.Tensor, channels: number) => tf.Tensor;
  /** Latent weights whose transform is this kernel, or near it. */
  readonly inverse: (kernel: Float32Array) => Float32Array;
}

/** W − mean(W) per output channel, so that both signs are in use (Qin et al. 2020, IR-Net, §3.2). */
export const ZERO_MEAN: WeightTransform = {
  apply: (latent, channels) => {
    const flat = tf.reshape(latent, [-1, channels]);
    return tf.reshape(tf.sub(flat, tf.mean(flat, 0, true)), latent.shape);
  },
  inverse: (kernel) => kernel,
};

/** Largest |tanh| of fresh latent weights: beyond, they would hardly move. */
const LARGEST_TANH = 0.9;

/**
 * c·tanh(W)/max|tanh(W)| with the maximum detached (Zhou et al. 2016, DoReFa-Net, eq. 9), where c is the kernel's largest
 * magnitude at the start, so that training begins at the kernel itself.
 */
export function tanhTransform(largest: Float32Array): WeightTransform {
  return {
    apply: (latent) => {
      const tanh = tf.tanh(latent);
      const top = (tf.max(tf.abs(tanh)).dataSync() as Float32Array)[0];
      return tf.mul(tanh, largest[0] / Math.max(top, 1e-12));
    },
    inverse: (kernel) => kernel.map((weight) => Math.atanh((LARGEST_TANH * weight) / Math.max(largest[0], 1e-12))),
  };
}
