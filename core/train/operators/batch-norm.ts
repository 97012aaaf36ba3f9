import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

export type ObserveStatistics = (mean: Float32Array, variance: Float32Array) => void;

interface NormAttributes {
  readonly epsilon: number;
  /** Told the statistics of each batch (variance divided by the count). */
  readonly observe: ObserveStatistics | null;
}

function sumsOf(x: Float32Array, channels: number): { mean: Float64Array; variance: Float64Array } {
  const count = x.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) for (let c = 0; c < channels; c++) mean[c] += x[i + c];
  for (let c = 0; c < channels; c++) mean[c] /= count;
  // A second pass: squares around the mean lose nothing to cancellation.
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const difference = x[i + c] - mean[c];
      variance[c] += difference * difference;
    }
  }
  for (let c = 0; c < channels; c++) variance[c] /= count;
  return { mean, variance };
}

/** Gradients of y = γ·(x − μ)/√(σ² + ε) + β with the batch's own μ and σ²: dx, dγ, dβ. */
const batchNormGradient: ArrayOperator<NormAttributes> = {
  name: 'BatchNormGradient',
  outputs: ([x, , gamma]) => [x, gamma, gamma],
  run: ([x, dy, gamma, mean, variance], [dx, dGamma, dBeta], { epsilon }) => {
    const channels = gamma.length;
    const count = x.length / channels;
    const inverse = Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon));
    const sum = new Float64Array(channels);
    const product = new Float64Array(channels);
    for (let i = 0; i < x.length; i += channels) {
      for (let c = 0; c < channels; c++) {
        sum[c] += dy[i + c];
        product[c] += dy[i + c] * (x[i + c] - mean[c]);
      }
    }
    const gain = new Float64Array(channels);
    const slope = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      dBeta[c] = sum[c];
      dGamma[c] = product[c] * inverse[c];
      gain[c] = gamma[c] * inverse[c];
      slope[c] = (product[c] * inverse[c] * inverse[c]) / count;
      sum[c] /= count;
    }
    for (let i = 0; i < x.length; i += channels) {
      for (let c = 0; c < channels; c++) dx[i + c] = gain[c] * (dy[i + c] - sum[c] - (x[i + c] - mean[c]) * slope[c]);
    }
  },
};

/** Batch norm with the statistics of the batch (Ioffe and Szegedy 2015, algorithm 1). Outputs y, mean, variance. */
const batchNorm: ArrayOperator<NormAttributes> = {
  name: 'BatchNorm',
  outputs: ([x, gamma]) => [x, gamma, gamma],
  run: ([x, gamma, beta], [y, meanOut, varianceOut], { epsilon, observe }) => {
    const channels = gamma.length;
    const { mean, variance } = sumsOf(x, channels);
    meanOut.set(mean);
    varianceOut.set(variance);
    observe?.(meanOut, varianceOut);
    const gain = Float64Array.from(variance, (value, c) => gamma[c] / Math.sqrt(value + epsilon));
    const offset = gain.map((value, c) => beta[c] - mean[c] * value);
    for (let i = 0; i < x.length; i += channels) for (let c = 0; c < channels; c++) y[i + c] = x[i + c] * gain[c] + offset[c];
  },
  gradient: {
    inputs: [0, 1],
    outputs: [1, 2],
    run: ([dy], [x, gamma, mean, variance], attributes) => apply(batchNormGradient, [x, dy, gamma, mean, variance], { ...attributes, observe: null }),
  },
};

export function normaliseBatch(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number, observe: ObserveStatistics | null): Tensor {
  const [y, mean, variance] = apply(batchNorm, [x, gamma, beta], { epsilon, observe });
  mean.dispose();
  variance.dispose();
  return y;
}

export const BATCH_NORM_OPERATORS = [batchNorm, batchNormGradient] as const;
