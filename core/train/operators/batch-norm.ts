import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

export type ObserveStatistics = (mean: Float32Array, variance: Float32Array) => void;

interface NormAttributes {
  readonly epsilon: number;
  /** Told the statistics of each batch (variance divided by the count). */
  readonly observe: ObserveStatistics | null;
}

/**
 * The loops below take four channels at a time with their numbers in locals, and the channels that remain one by one: three
 * to six times as fast as a loop over channels inside one over pixels. Sums are in double precision.
 */
const BLOCK = 4;

/** Σ (x − centre) per channel. */
function sums(x: Float32Array, centre: Float64Array, target: Float64Array): void {
  const channels = centre.length;
  let c = 0;
  for (; c + BLOCK <= channels; c += BLOCK) {
    const m0 = centre[c], m1 = centre[c + 1], m2 = centre[c + 2], m3 = centre[c + 3];
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let i = c; i < x.length; i += channels) {
      s0 += x[i] - m0;
      s1 += x[i + 1] - m1;
      s2 += x[i + 2] - m2;
      s3 += x[i + 3] - m3;
    }
    target[c] = s0;
    target[c + 1] = s1;
    target[c + 2] = s2;
    target[c + 3] = s3;
  }
  for (; c < channels; c++) {
    let s = 0;
    for (let i = c; i < x.length; i += channels) s += x[i] - centre[c];
    target[c] = s;
  }
}

/** Σ (x − centre)·(y − centreY) per channel. */
function products(x: Float32Array, centre: Float64Array, y: Float32Array, centreY: Float64Array, target: Float64Array): void {
  const channels = centre.length;
  let c = 0;
  for (; c + BLOCK <= channels; c += BLOCK) {
    const m0 = centre[c], m1 = centre[c + 1], m2 = centre[c + 2], m3 = centre[c + 3];
    const n0 = centreY[c], n1 = centreY[c + 1], n2 = centreY[c + 2], n3 = centreY[c + 3];
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let i = c; i < x.length; i += channels) {
      s0 += (x[i] - m0) * (y[i] - n0);
      s1 += (x[i + 1] - m1) * (y[i + 1] - n1);
      s2 += (x[i + 2] - m2) * (y[i + 2] - n2);
      s3 += (x[i + 3] - m3) * (y[i + 3] - n3);
    }
    target[c] = s0;
    target[c + 1] = s1;
    target[c + 2] = s2;
    target[c + 3] = s3;
  }
  for (; c < channels; c++) {
    let s = 0;
    for (let i = c; i < x.length; i += channels) s += (x[i] - centre[c]) * (y[i] - centreY[c]);
    target[c] = s;
  }
}

/** z = a·x + b·y + d per channel; without y: a·x + d. */
function combine(x: Float32Array, a: Float64Array, y: Float32Array | null, b: Float64Array, d: Float64Array, z: Float32Array): void {
  const channels = a.length;
  let c = 0;
  for (; c + BLOCK <= channels; c += BLOCK) {
    const a0 = a[c], a1 = a[c + 1], a2 = a[c + 2], a3 = a[c + 3];
    const b0 = b[c], b1 = b[c + 1], b2 = b[c + 2], b3 = b[c + 3];
    const d0 = d[c], d1 = d[c + 1], d2 = d[c + 2], d3 = d[c + 3];
    if (y) {
      for (let i = c; i < x.length; i += channels) {
        z[i] = a0 * x[i] + b0 * y[i] + d0;
        z[i + 1] = a1 * x[i + 1] + b1 * y[i + 1] + d1;
        z[i + 2] = a2 * x[i + 2] + b2 * y[i + 2] + d2;
        z[i + 3] = a3 * x[i + 3] + b3 * y[i + 3] + d3;
      }
    } else {
      for (let i = c; i < x.length; i += channels) {
        z[i] = a0 * x[i] + d0;
        z[i + 1] = a1 * x[i + 1] + d1;
        z[i + 2] = a2 * x[i + 2] + d2;
        z[i + 3] = a3 * x[i + 3] + d3;
      }
    }
  }
  for (; c < channels; c++) for (let i = c; i < x.length; i += channels) z[i] = a[c] * x[i] + (y ? b[c] * y[i] : 0) + d[c];
}

/** Gradients of y = γ·(x − μ)/√(σ² + ε) + β with the batch's own μ and σ²: dx, dγ, dβ. */
const batchNormGradient: ArrayOperator<NormAttributes> = {
  name: 'BatchNormGradient',
  outputs: ([x, , gamma]) => [x, gamma, gamma],
  run: ([x, dy, gamma, mean, variance], [dx, dGamma, dBeta], { epsilon }) => {
    const channels = gamma.length;
    const count = x.length / channels;
    const zero = new Float64Array(channels);
    const centre = Float64Array.from(mean);
    const sum = new Float64Array(channels);
    const product = new Float64Array(channels);
    sums(dy, zero, sum);
    products(x, centre, dy, zero, product);
    // dx = g·(dy − Σdy/n − (x − μ)·Σ(dy·(x − μ))/(n·(σ² + ε))), g = γ/√(σ² + ε), as one affine of dy and x.
    const gain = new Float64Array(channels);
    const slope = new Float64Array(channels);
    const offset = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const inverse = 1 / Math.sqrt(variance[c] + epsilon);
      dBeta[c] = sum[c];
      dGamma[c] = product[c] * inverse;
      gain[c] = gamma[c] * inverse;
      slope[c] = (-gain[c] * product[c] * inverse * inverse) / count;
      offset[c] = (-gain[c] * sum[c]) / count - slope[c] * centre[c];
    }
    combine(dy, gain, x, slope, offset, dx);
  },
};

/** Batch norm with the statistics of the batch (Ioffe and Szegedy 2015, algorithm 1). Outputs y, mean, variance. */
const batchNorm: ArrayOperator<NormAttributes> = {
  name: 'BatchNorm',
  outputs: ([x, gamma]) => [x, gamma, gamma],
  run: ([x, gamma, beta], [y, meanOut, varianceOut], { epsilon, observe }) => {
    const channels = gamma.length;
    const count = x.length / channels;
    const zero = new Float64Array(channels);
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    sums(x, zero, mean);
    for (let c = 0; c < channels; c++) mean[c] /= count;
    // A second pass: squares around the mean lose nothing to cancellation.
    products(x, mean, x, mean, variance);
    for (let c = 0; c < channels; c++) variance[c] /= count;
    meanOut.set(mean);
    varianceOut.set(variance);
    observe?.(meanOut, varianceOut);
    const gain = variance.map((value, c) => gamma[c] / Math.sqrt(value + epsilon));
    combine(x, gain, null, zero, gain.map((value, c) => beta[c] - mean[c] * value), y);
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
