import type { Tensor } from '@tensorflow/tfjs-core';
import { ROUNDER } from '../../base/round.ts';
import { elementCount } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import { apply, type ArrayOperator, type FastCall } from '../backend/array-kernel.ts';
import { channelRows, chunksOf, repeatedRow, repeatInto, rowGrain, type ChannelRows } from './channel-rows.ts';
import { highestStep, inverseOf, lowestStep } from './int8-grid.ts';

export type ObserveStatistics = (mean: Float32Array, variance: Float32Array) => void;

/** What follows the batch norm in the same pass over the values: limits, then the int8 grid where they are stored on one. */
export interface Finish {
  readonly low: number;
  readonly high: number;
  readonly grid: Grid | null;
}

export interface NormAttributes extends Finish {
  readonly epsilon: number;
  /** Told the statistics of each batch (variance divided by the count). */
  readonly observe: ObserveStatistics | null;
}

/** Gain and offset of each channel, so that z = fround(gain·x) + offset. */
export function affineOf(mean: Float32Array, variance: Float32Array, gamma: Float32Array, beta: Float32Array, epsilon: number): readonly [Float32Array, Float32Array] {
  const gain = Float64Array.from(variance, (value, c) => gamma[c] / Math.sqrt(value + epsilon));
  return [Float32Array.from(gain), Float32Array.from(gain, (value, c) => beta[c] - mean[c] * value)];
}

/** Mean and variance of each channel of x [rows, channels], in double precision. */
export function statisticsOf(x: Float32Array, mean: Float32Array, variance: Float32Array): void {
  const channels = mean.length;
  const count = x.length / channels;
  const centre = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) centre[i % channels] += x[i] / count;
  for (let i = 0; i < x.length; i++) squares[i % channels] += (x[i] - centre[i % channels]) ** 2;
  mean.set(centre);
  variance.set(squares.map((square) => square / count));
}

/** z within its limits and on its grid. */
export function finish(z: number, { low, high, grid }: Finish): number {
  const limited = z < low ? low : z > high ? high : z;
  if (!grid) return limited;
  const step = Math.fround(limited * inverseOf(grid)) + ROUNDER - ROUNDER;
  return Math.min(Math.max(step, lowestStep(grid)), highestStep(grid)) * grid.scale;
}

/** Between which z the gradient passes: within the limits, and within half a step of the grid's ends. */
export function passesBetween({ low, high, grid }: Finish): readonly [number, number] {
  if (!grid) return [low, high];
  return [Math.max(low, (lowestStep(grid) - 0.5) * grid.scale), Math.min(high, (highestStep(grid) + 0.5) * grid.scale)].map(Math.fround) as [number, number];
}

/** From g, the gradient by z, to those by x, γ and β: dx = gain·(g − Σg/n − (x − μ)·Σ(g·(x − μ))/(n·(σ² + ε))). */
export function propagate(x: Float32Array, g: Float64Array, gamma: Float32Array, mean: Float32Array, variance: Float32Array, epsilon: number, outputs: readonly Float32Array[]): void {
  const [dx, dGamma, dBeta] = outputs;
  const channels = gamma.length;
  const count = x.length / channels;
  const sums = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    sums[c] += g[i];
    products[c] += g[i] * (x[i] - mean[c]);
  }
  const inverse = Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon));
  dBeta.set(sums);
  dGamma.set(products.map((product, c) => product * inverse[c]));
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    dx[i] = gamma[c] * inverse[c] * (g[i] - sums[c] / count - ((x[i] - mean[c]) * products[c] * inverse[c] ** 2) / count);
  }
}

/** The numbers of a finish as the kernels take them. */
export function finishArguments({ low, high, grid }: Finish): readonly number[] {
  return grid ? [low, high, inverseOf(grid), grid.scale, lowestStep(grid), highestStep(grid)] : [low, high, 1, 0, 0, 0];
}

/** Statistics of the batch into their tensors, and the address of tables of `tableWidth` gains and offsets. */
export function fastForward(call: FastCall<NormAttributes>, { width, length, rows }: ChannelRows, channels: number, tableWidth: number): number {
  const { kernels, inputs: [x, gamma, beta], outputs: [, mean, variance], attributes: { epsilon, observe } } = call;
  const { chunks, chunkRows } = chunksOf(rows);
  const shift = repeatedRow(kernels, 'shifts of batch norm', x, channels, width);
  const partials = kernels.workspace('partial sums', chunks * width * 16);
  const tables = kernels.workspace('tables of batch norm', tableWidth * 20);
  kernels.run({ export: 'batchNormSums', args: [x, shift, width, length, chunks, chunkRows, partials], items: chunks });
  kernels.run({ export: 'batchNormStatistics', args: [partials, shift, chunks, channels, width, length, mean, variance] });
  kernels.run({ export: 'batchNormTables', args: [mean, variance, gamma, beta, epsilon, channels, tableWidth, tables] });
  observe?.(kernels.view(mean, channels).slice(), kernels.view(variance, channels).slice());
  return tables;
}

const batchNormGradient: ArrayOperator<NormAttributes> = {
  name: 'BatchNormGradient',
  outputs: ([x, , gamma]) => [x, gamma, gamma],
  run: ([x, dy, gamma, beta, mean, variance], outputs, attributes) => {
    const [gain, offset] = affineOf(mean, variance, gamma, beta, attributes.epsilon);
    const channels = gamma.length;
    const [low, high] = passesBetween(attributes);
    const g = Float64Array.from(dy, (value, i) => {
      const z = Math.fround(Math.fround(gain[i % channels] * x[i]) + offset[i % channels]);
      return z > low && z < high ? value : 0;
    });
    propagate(x, g, gamma, mean, variance, attributes.epsilon, outputs);
  },
  fast: ({ kernels, inputs: [x, dy, gamma, beta, mean, variance], outputs: [dx, dGamma, dBeta], attributes, shapes: [shape, , [channels]] }) => {
    const layout = channelRows(elementCount(shape), channels);
    const { width, length, rows } = layout;
    const { chunks, chunkRows } = chunksOf(rows);
    const { epsilon } = attributes;
    const partials = kernels.workspace('partial sums', chunks * width * 16);
    const tables = kernels.workspace('tables of batch norm', width * 20);
    const numbers = passesBetween(attributes);
    kernels.run({ export: 'batchNormTables', args: [mean, variance, gamma, beta, epsilon, channels, width, tables] });
    kernels.run({ export: 'batchNormGradientSums', args: [x, dy, tables, width, length, chunks, chunkRows, partials, ...numbers], items: chunks });
    kernels.run({ export: 'batchNormGradients', args: [partials, chunks, variance, gamma, epsilon, channels, width, length / channels, dGamma, dBeta, tables] });
    kernels.run({ export: 'batchNormGradientApply', args: [x, dy, dx, tables, width, length, ...numbers], items: rows, grain: rowGrain(layout) });
  },
};

/** Batch norm with the statistics of the batch (Ioffe and Szegedy 2015, algorithm 1) and its finish. Outputs y, mean, variance. */
const batchNorm: ArrayOperator<NormAttributes> = {
  name: 'BatchNorm',
  outputs: ([x, gamma]) => [x, gamma, gamma],
  run: ([x, gamma, beta], [y, mean, variance], attributes) => {
    statisticsOf(x, mean, variance);
    attributes.observe?.(mean, variance);
    const [gain, offset] = affineOf(mean, variance, gamma, beta, attributes.epsilon);
    const channels = gamma.length;
    for (let i = 0; i < y.length; i++) y[i] = finish(Math.fround(Math.fround(gain[i % channels] * x[i]) + offset[i % channels]), attributes);
  },
  fast: (call) => {
    const { kernels, inputs: [x], outputs: [y], attributes, shapes: [shape, [channels]] } = call;
    const layout = channelRows(elementCount(shape), channels);
    const tables = fastForward(call, layout, channels, layout.width);
    const args = [x, y, tables, layout.width, layout.length, ...finishArguments(attributes)];
    kernels.run({ export: 'batchNormApply', args, items: layout.rows, grain: rowGrain(layout) });
  },
  gradient: {
    inputs: [0, 1, 2],
    outputs: [1, 2],
    run: ([dy], [x, gamma, beta, mean, variance], attributes) => apply(batchNormGradient, [x, dy, gamma, beta, mean, variance], { ...attributes, observe: null }),
  },
};

/** x [..., channels] → the same shape. */
export function normaliseBatch(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number, observe: ObserveStatistics | null, after: Finish): Tensor {
  const [y, mean, variance] = apply(batchNorm, [x, gamma, beta], { epsilon, observe, ...after });
  mean.dispose();
  variance.dispose();
  return y;
}

interface Affine extends Finish {
  readonly gain: Float32Array;
  readonly offset: Float32Array;
}

/** Batch norm as the runtime computes it, with stored statistics, and its finish. No gradient. */
const channelAffine: ArrayOperator<Affine> = {
  name: 'ChannelAffine',
  outputs: ([x]) => [x],
  run: ([x], [y], { gain, offset, ...after }) => {
    const channels = gain.length;
    for (let i = 0; i < y.length; i++) y[i] = finish(Math.fround(Math.fround(gain[i % channels] * x[i]) + offset[i % channels]), after);
  },
  fast: ({ kernels, inputs: [x], outputs: [y], attributes: { gain, offset, ...after }, shapes: [shape] }) => {
    const layout = channelRows(elementCount(shape), gain.length);
    const { width, length, rows } = layout;
    const tables = kernels.workspace('tables of batch norm', width * 20);
    repeatInto(kernels, tables, gain, width);
    repeatInto(kernels, tables + width * 4, offset, width);
    kernels.run({ export: 'batchNormApply', args: [x, y, tables, width, length, ...finishArguments(after)], items: rows, grain: rowGrain(layout) });
  },
};

export function affineChannels(x: Tensor, gain: Float32Array, offset: Float32Array, { low, high, grid }: Finish): Tensor {
  return apply(channelAffine, [x], { gain, offset, low, high, grid })[0];
}

export const BATCH_NORM_OPERATORS = [batchNorm, batchNormGradient, channelAffine] as const;
