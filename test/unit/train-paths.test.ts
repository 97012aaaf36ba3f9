import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConvolutionAttributes, PoolAttributes } from '../../core/graph/graph.ts';
import { arrayOps, channelTensor, fullTensor } from '../../core/quant/array-ops.ts';
import { normaliseAndPool } from '../../core/train/operators/batch-norm-pool.ts';
import { affineChannels, normaliseBatch, type Finish } from '../../core/train/operators/batch-norm.ts';
import { surround } from '../../core/train/operators/border.ts';
import { addToChannels, reduceChannels } from '../../core/train/operators/channels.ts';
import { convolveDepthwise } from '../../core/train/operators/depthwise.ts';
import { clipTo, leakyRelu } from '../../core/train/operators/elementwise.ts';
import { SIGN_ESTIMATORS, type SignEstimatorId } from '../../core/train/operators/estimators.ts';
import { addInt8, codesOnGrid, putOnGrid, valuesOfCodes } from '../../core/train/operators/int8-grid.ts';
import { poolAverage, poolMaximum } from '../../core/train/operators/pool.ts';
import { putOnLearnedGrid } from '../../core/train/operators/learned-grid.ts';
import { shiftedPrelu } from '../../core/train/operators/rprelu.ts';
import { takeSigns } from '../../core/train/operators/sign-input.ts';
import { tensorOps } from '../../core/train/tensor-ops.ts';
import { along, firstDifference, normalInput, startPaths, valueAndGradients, type Input, type Paths } from './train-paths.ts';
import { NO_FINISH, normals, relativeError } from './train-setup.ts';

let paths: Paths;
beforeAll(async () => {
  paths = await startPaths();
});
afterAll(() => paths.dispose());

/** Both compiled ways give the same bytes; their distance from the plain loops, for the value and each gradient. */
function distances(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly Input[]): readonly number[] {
  const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, () => valueAndGradients(f, inputs)));
  one.forEach((values, i) => expect(firstDifference(values, two[i]), `result ${i} of two threads`).toBe(-1));
  return plain.map((values, i) => relativeError(one[i], values));
}

function agree(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly Input[], tolerance = 1e-6): void {
  distances(f, inputs).forEach((distance, i) => expect(distance, i === 0 ? 'value' : `gradient ${i}`).toBeLessThanOrEqual(tolerance));
}

const GRID = { scale: Math.fround(0.037), zeroPoint: -17 };
const RELU: Finish = { ...NO_FINISH, low: 0 };
const RELU6_ON_GRID: Finish = { low: 0, high: 6, grid: { scale: Math.fround(6 / 255), zeroPoint: -128 } };
/** Channels that are and are not a multiple of four, more values than one part of the work, and a single one. */
const SHAPES = [[3, 5, 7, 16], [2, 3, 3, 5], [4, 20, 21, 6], [1, 1, 1, 3], [64, 10, 10, 1], [7, 130], [5, 33, 34, 12]];

describe.each(SHAPES.map((shape) => [shape.join('×'), shape] as const))('On %s compiled kernels agree with the plain loops, on one thread and two:', (_, shape) => {
  const channels = shape[shape.length - 1];
  const x = normalInput(1, shape, 2);
  const perChannel = [normalInput(2, [channels]), normalInput(3, [channels])];

  it('limits and leaky ReLU, exactly', () => {
    agree(([t]) => clipTo(t, 0, Number.POSITIVE_INFINITY), [x], 0);
    agree(([t]) => clipTo(t, -1, 1), [x], 0);
    agree(([t]) => leakyRelu(t, 0.25), [x], 0);
  });

  it('the int8 grid and addition on it, exactly', () => {
    agree(([t]) => putOnGrid(t, GRID), [x], 0);
    const a = { scale: Math.fround(0.05), zeroPoint: 3 };
    const b = { scale: Math.fround(0.021), zeroPoint: -128 };
    agree(([t, u]) => addInt8(putOnGrid(t, a), putOnGrid(u, b), { a, b, output: GRID }), [x, normalInput(4, shape)], 0);
    agree(([t]) => valuesOfCodes(clipTo(codesOnGrid(putOnGrid(t, GRID), GRID), -128, 100), GRID), [x], 0);
  });

  it('channel sums and biases, exactly', () => {
    agree(([t]) => addToChannels(t, tf.tensor1d(perChannel[0].values)), [x], 0);
    agree(([t, bias]) => addToChannels(t, bias), [x, perChannel[0]], 0);
    for (const reduction of ['sum', 'mean', 'maximum'] as const) {
      const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, () => reduceChannels(tf.tensor(x.values, x.shape), reduction).dataSync()));
      expect(firstDifference(one, plain)).toBe(-1);
      expect(firstDifference(two, plain)).toBe(-1);
    }
  });

  it('one-bit inputs and every estimator of their gradient', () => {
    const inverse = normals(5, channels).map((v) => Math.abs(v) + 0.3);
    for (const estimator of Object.keys(SIGN_ESTIMATORS) as SignEstimatorId[]) {
      for (const steps of [null, inverse]) agree(([t, shift]) => takeSigns(t, shift, { forward: 'sign', estimator, progress: 0.6 }, steps), [x, perChannel[0]], 3e-6);
    }
    agree(([t, shift]) => takeSigns(t, shift, { forward: 'hardtanh', estimator: 'approximate', progress: 0.6 }, inverse), [x, perChannel[0]]);
  });

  it('PReLU between two shifts', () => {
    agree(([t, before, slope, after]) => shiftedPrelu(t, before, slope, after), [x, ...perChannel, normalInput(5, [channels])]);
  });

  it('a grid whose scale is learned', () => {
    for (const rule of ['step', 'clip'] as const) {
      const grid = rule === 'clip' ? { ...GRID, zeroPoint: -128 } : GRID;
      agree(([t, ratio]) => putOnLearnedGrid(t, { grid, ratio, start: GRID.scale, rule }), [x, { values: Float32Array.of(1), shape: [1] }], 3e-6);
    }
  });

  it('sums, differences, products and ratios of tfjs itself, exactly', () => {
    const y = normalInput(6, shape);
    for (const operation of [tf.add, tf.sub, tf.mul, tf.div]) {
      for (const other of [y, perChannel[0], { values: Float32Array.of(0.3), shape: [] }]) {
        const run = (): readonly Float32Array[] => {
          const [a, b] = [x, other].map(({ values, shape: size }) => tf.tensor(values, size));
          return [operation(a, b), operation(b, a)].map((result) => result.dataSync() as Float32Array);
        };
        const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, run));
        plain.forEach((values, i) => {
          expect(firstDifference(one[i], values)).toBe(-1);
          expect(firstDifference(two[i], values)).toBe(-1);
        });
      }
    }
  });

  it('batch norm alone and behind it ReLU', () => {
    agree(([t, gamma, beta]) => normaliseBatch(t, gamma, beta, 1e-3, null, NO_FINISH), [x, ...perChannel], 3e-6);
    agree(([t, gamma, beta]) => normaliseBatch(t, gamma, beta, 1e-3, null, RELU), [x, ...perChannel], 3e-6);
  });

  it('batch norm with ReLU6 and a grid: the same levels but where a value lies between two', () => {
    const f = ([t, gamma, beta]: tf.Tensor[]): tf.Tensor => normaliseBatch(t, gamma, beta, 1e-3, null, RELU6_ON_GRID);
    const inputs = [x, ...perChannel];
    const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, () => valueAndGradients(f, inputs)));
    one.forEach((values, i) => expect(firstDifference(values, two[i])).toBe(-1));
    const differing = one[0].filter((value, i) => value !== plain[0][i]).length;
    expect(differing).toBeLessThanOrEqual(one[0].length / 1000);
    for (const i of [1, 2, 3]) expect(relativeError(one[i], plain[i])).toBeLessThan(3e-6);
  });

  it('batch norm with stored statistics, exactly', () => {
    const [gain, offset] = perChannel.map(({ values }) => values);
    const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, () => affineChannels(tf.tensor(x.values, x.shape), gain, offset, RELU6_ON_GRID).dataSync()));
    expect(firstDifference(one, plain)).toBe(-1);
    expect(firstDifference(two, plain)).toBe(-1);
  });
});

describe('Pools of any window', () => {
  const at = (size: number, stride: number, pad = 0): PoolAttributes => ({ sizeY: size, sizeX: size, strideY: stride, strideX: stride, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad });
  const POOLS: readonly (readonly [string, PoolAttributes])[] = [
    ['2×2 by 2', at(2, 2)],
    ['3×3 by 2, padded', at(3, 2, 1)],
    ['3×3 by 1, padded', at(3, 1, 1)],
    ['2×3 by 3×1', { ...at(2, 3), sizeX: 3, strideX: 1, padRight: 1 }],
  ];
  for (const shape of [[2, 8, 6, 8], [3, 7, 9, 5], [33, 4, 5, 12]]) {
    it.each(POOLS)(`${shape.join('×')} in %s`, (_, pool) => {
      const extent = (size: number, window: number, stride: number, pads: number): number => Math.floor((size + pads - window) / stride) + 1;
      const output = [1, extent(shape[1], pool.sizeY, pool.strideY, pool.padTop + pool.padBottom), extent(shape[2], pool.sizeX, pool.strideX, pool.padLeft + pool.padRight), shape[3]];
      // Rounded, so that windows have several largest values: the first of them counts.
      const rounded = normalInput(1, shape, 2);
      agree(([t]) => poolMaximum(t, pool, output), [{ ...rounded, values: rounded.values.map(Math.round) }], 0);
      agree(([t]) => poolAverage(t, pool, output), [rounded]);
    });
  }
});

it.each([[[2, 5, 6, 3]], [[3, 4, 4, 8]]])('A border around %s, exactly, and its gradient without it', (shape) => {
  const border = { padTop: 1, padBottom: 0, padLeft: 2, padRight: 1, strideY: 1, strideX: 1 };
  agree(([t]) => surround(t as tf.Tensor4D, border, -1), [normalInput(1, shape)], 0);
  const [ours] = valueAndGradients(([t]) => surround(t as tf.Tensor4D, border, -1), [normalInput(1, shape)]);
  const [theirs] = valueAndGradients(([t]) => tf.pad(t as tf.Tensor4D, [[0, 0], [1, 0], [2, 1], [0, 0]], -1), [normalInput(1, shape)]);
  expect(firstDifference(ours, theirs)).toBe(-1);
});

describe('Depthwise convolution', () => {
  const NONE = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 };
  const WINDOWS: readonly (readonly [string, ConvolutionAttributes])[] = [
    ['unpadded', NONE],
    ['padded', { ...NONE, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 }],
    ['unevenly padded, stride 2', { ...NONE, padBottom: 1, padRight: 1, strideY: 2, strideX: 2 }],
    ['stride 3 by 1, dilation 1 by 2', { ...NONE, padTop: 2, padLeft: 3, padRight: 1, strideY: 3, dilationX: 2 }],
    ['stride 2 and dilation 2', { ...NONE, strideY: 2, strideX: 2, dilationY: 2, dilationX: 2, padTop: 2, padLeft: 1 }],
  ];
  for (const [shape, filter] of [[[3, 9, 8, 8], [3, 3, 8, 1]], [[2, 11, 7, 13], [3, 2, 13, 1]], [[2, 6, 7, 3], [3, 3, 3, 2]]]) {
    it.each(WINDOWS)(`${shape.join('×')} by ${filter.join('×')}, %s`, (_, attributes) => {
      agree(([t, w]) => convolveDepthwise(t as tf.Tensor4D, w as tf.Tensor4D, attributes), [normalInput(1, shape), normalInput(2, filter)], 2e-6);
    });
  }
});

describe('The arithmetic of weight formulas is that of arrays to the bit', () => {
  const CHANNELS = [1, 3, 8, 130];
  it.each(CHANNELS)('on tensors, channels and scalars, %i channels', (channels) => {
    const full = normals(1, 37 * channels).map((v) => Math.round(v * 4) / 4);
    const single = normals(2, channels).map((v) => Math.round(v * 4) / 4);
    const arrays = { full: fullTensor(full, channels), channel: channelTensor(single), scalar: arrayOps.constant(0.25) };
    for (const kernels of [paths.plain, paths.one, paths.two]) {
      along(kernels, () => {
        const tensors = { full: tf.tensor2d(full, [37, channels]), channel: tf.tensor1d(single), scalar: tf.scalar(0.25) };
        const kinds = ['full', 'channel', 'scalar'] as const;
        for (const name of ['add', 'subtract', 'multiply', 'divide', 'minimum', 'maximum', 'greater', 'greaterEqual'] as const) {
          for (const a of kinds) {
            for (const b of kinds) {
              const result = tensorOps[name](tensors[a], tensors[b]).dataSync();
              expect(firstDifference(result, arrayOps[name](arrays[a], arrays[b]).data), `${name} of ${a} and ${b}`).toBe(-1);
            }
          }
        }
        for (const name of ['absolute', 'round', 'sign', 'channelMean', 'channelSum', 'channelMaximum'] as const) {
          const values = [...tensorOps[name](tensors.full).dataSync()];
          // −0 and 0 are one number.
          expect(values.map((v) => v + 0), name).toEqual([...arrayOps[name](arrays.full).data].map((v) => v + 0));
        }
      });
    }
  });
});

describe('Batch norm, 2×2 pool and finish in one pass', () => {
  it.each([[[2, 8, 6, 8]], [[3, 7, 9, 4]], [[5, 12, 12, 16]], [[2, 1, 4, 4]], [[2, 5, 4, 3]]])('agree with the plain loops on %s', (shape) => {
    const perChannel = [normalInput(2, [shape[3]]), normalInput(3, [shape[3]])];
    for (const after of [NO_FINISH, RELU]) agree(([t, gamma, beta]) => normaliseAndPool(t, gamma, beta, 1e-3, null, after), [normalInput(1, shape, 2), ...perChannel], 3e-6);
  });

  it('are what a pool behind them gives, gradients included', () => {
    const inputs = [normalInput(1, [3, 8, 6, 8], 2), normalInput(2, [8]), normalInput(3, [8])];
    const together = valueAndGradients(([t, gamma, beta]) => normaliseAndPool(t, gamma, beta, 1e-3, null, RELU), inputs);
    const apart = valueAndGradients(([t, gamma, beta]) => tf.maxPool(normaliseBatch(t, gamma, beta, 1e-3, null, RELU) as tf.Tensor4D, 2, 2, 'valid'), inputs);
    expect(together[0]).toEqual(apart[0]);
    for (const i of [1, 2, 3]) expect(relativeError(together[i], apart[i])).toBeLessThan(1e-6);
    const onGrid = valueAndGradients(([t, gamma, beta]) => normaliseAndPool(t, gamma, beta, 1e-3, null, RELU6_ON_GRID), inputs);
    const pooledGrid = valueAndGradients(([t, gamma, beta]) => tf.maxPool(normaliseBatch(t, gamma, beta, 1e-3, null, RELU6_ON_GRID) as tf.Tensor4D, 2, 2, 'valid'), inputs);
    expect(onGrid[0]).toEqual(pooledGrid[0]);
  });
});

it('Batch norm reports the statistics of the batch, and loses no digits to a mean far from zero', () => {
  const values = normals(8, 400 * 3).map((v, i) => v + 1000 * (i % 3));
  const seen: Float32Array[] = [];
  along(paths.two, () => normaliseBatch(tf.tensor2d(values, [400, 3]), tf.ones([3]), tf.zeros([3]), 1e-3, (...statistics) => seen.push(...statistics), NO_FINISH));
  for (let c = 0; c < 3; c++) {
    const channel = [...values].filter((_, i) => i % 3 === c);
    const mean = channel.reduce((sum, v) => sum + v, 0) / 400;
    const variance = channel.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 400;
    expect(seen[0][c] / mean).toBeCloseTo(1, 6);
    expect(seen[1][c] / variance).toBeCloseTo(1, 5);
  }
});
