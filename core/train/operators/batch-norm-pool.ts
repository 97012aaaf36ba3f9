import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { affineOf, fastForward, finish, finishArguments, passesBetween, propagate, statisticsOf, type Finish, type NormAttributes, type ObserveStatistics } from './batch-norm.ts';
import { channelRows, chunksOf } from './channel-rows.ts';

/** Calls back for every window and channel with the output index and that of the value whose z is largest; of equals the first. */
function eachLargest([batch, height, width, channels]: readonly number[], z: Float32Array, visit: (to: number, best: number) => void): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y + 1 < height; y += 2) {
      for (let x = 0; x + 1 < width; x += 2) {
        const corner = ((b * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++, to++) {
          const taps = [0, channels, width * channels, (width + 1) * channels].map((offset) => corner + offset + c);
          visit(to, taps.reduce((best, tap) => (z[tap] > z[best] ? tap : best)));
        }
      }
    }
  }
}

function normalisedValues(x: Float32Array, gain: Float32Array, offset: Float32Array): Float32Array {
  return x.map((value, i) => Math.fround(gain[i % gain.length] * value) + offset[i % gain.length]);
}

/** Tables are one row of repeated channels; a window's pixels need that row to be the channels themselves. */
const isOneRow = (channels: number): boolean => channels % 4 === 0;

const batchNormPoolGradient: ArrayOperator<NormAttributes> = {
  name: 'BatchNormPoolGradient',
  outputs: ([x, , gamma]) => [x, gamma, gamma],
  run: ([x, dy, gamma, beta, mean, variance], outputs, attributes, [shape]) => {
    const z = normalisedValues(x, ...affineOf(mean, variance, gamma, beta, attributes.epsilon));
    const g = new Float64Array(x.length);
    const [low, high] = passesBetween(attributes);
    eachLargest(shape, z, (to, best) => (g[best] = z[best] > low && z[best] < high ? dy[to] : 0));
    propagate(x, g, gamma, mean, variance, attributes.epsilon, outputs);
  },
  fast: ({ kernels, inputs: [x, dy, gamma, beta, mean, variance], outputs: [dx, dGamma, dBeta], attributes, shapes: [[batch, height, width, channels]] }) => {
    if (!isOneRow(channels)) return false;
    const rows = batch * (height >> 1);
    const { chunks, chunkRows } = chunksOf(rows, Math.ceil(64 / Math.max(width >> 1, 1)));
    const partials = kernels.workspace('partial sums', chunks * channels * 16);
    const tables = kernels.workspace('tables of batch norm', channels * 20);
    const { epsilon } = attributes;
    const numbers = passesBetween(attributes);
    const image = [height, width, channels];
    kernels.run({ export: 'batchNormTables', args: [mean, variance, gamma, beta, epsilon, channels, channels, tables] });
    kernels.run({ export: 'batchNormPoolGradientSums', args: [x, dy, tables, ...image, rows, chunkRows, partials, ...numbers], items: chunks });
    kernels.run({ export: 'batchNormGradients', args: [partials, chunks, variance, gamma, epsilon, channels, channels, batch * height * width, dGamma, dBeta, tables] });
    kernels.run({ export: 'batchNormPoolGradientApply', args: [x, dy, dx, tables, ...image, ...numbers], items: batch * ((height + 1) >> 1) });
  },
};

/**
 * Batch norm with the statistics of the batch, an unpadded 2×2 max pool of stride 2, and the finish. Limits and rounding keep the
 * order of values, so that the pool may come first: the output is the same, and the gradient goes to the value that was largest
 * before it was rounded. Outputs y, mean, variance.
 */
const batchNormPool: ArrayOperator<NormAttributes> = {
  name: 'BatchNormPool',
  outputs: ([[batch, height, width, channels], gamma]) => [[batch, height >> 1, width >> 1, channels], gamma, gamma],
  run: ([x, gamma, beta], [y, mean, variance], attributes, [shape]) => {
    statisticsOf(x, mean, variance);
    attributes.observe?.(mean, variance);
    const z = normalisedValues(x, ...affineOf(mean, variance, gamma, beta, attributes.epsilon));
    eachLargest(shape, z, (to, best) => (y[to] = finish(z[best], attributes)));
  },
  fast: (call) => {
    const { kernels, inputs: [x], outputs: [y], attributes, shapes: [[batch, height, width, channels]] } = call;
    if (!isOneRow(channels)) return false;
    const layout = channelRows(batch * height * width * channels, channels);
    const tables = fastForward(call, layout, channels, channels);
    const args = [x, y, tables, height, width, channels, ...finishArguments(attributes)];
    kernels.run({ export: 'batchNormPool', args, items: batch * (height >> 1) });
  },
  gradient: {
    inputs: [0, 1, 2],
    outputs: [1, 2],
    run: ([dy], [x, gamma, beta, mean, variance], attributes) => apply(batchNormPoolGradient, [x, dy, gamma, beta, mean, variance], { ...attributes, observe: null }),
  },
};

/** x [batch, height, width, channels] → [batch, ⌊height ÷ 2⌋, ⌊width ÷ 2⌋, channels]. */
export function normaliseAndPool(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number, observe: ObserveStatistics | null, after: Finish): Tensor {
  const [y, mean, variance] = apply(batchNormPool, [x, gamma, beta], { epsilon, observe, ...after });
  mean.dispose();
  variance.dispose();
  return y;
}

export const BATCH_NORM_POOL_OPERATORS = [batchNormPool, batchNormPoolGradient] as const;
