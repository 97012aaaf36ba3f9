import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolve } from '../../core/train/network/convolution.ts';
import { normaliseBatch } from '../../core/train/operators/batch-norm.ts';
import { poolAverage, poolMaximum } from '../../core/train/operators/pool.ts';
import { NO_FINISH, normals, onBackend, relativeError, startForTest } from './train-setup.ts';

beforeAll(startForTest);

interface Case {
  readonly input: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: [number, number];
  readonly pad: 'same' | 'valid' | [number, number, number, number];
}

const CASES: readonly Case[] = [
  { input: [2, 7, 6, 3], filter: [3, 3, 3, 5], stride: [1, 1], pad: 'same' },
  { input: [3, 8, 8, 2], filter: [3, 3, 2, 4], stride: [2, 2], pad: 'same' },
  { input: [2, 9, 7, 1], filter: [5, 3, 1, 6], stride: [2, 1], pad: 'valid' },
  { input: [2, 7, 7, 4], filter: [1, 1, 4, 3], stride: [2, 2], pad: 'valid' },
  { input: [1, 10, 11, 3], filter: [2, 4, 3, 2], stride: [3, 3], pad: 'valid' },
  { input: [2, 6, 6, 3], filter: [3, 3, 3, 4], stride: [1, 2], pad: [0, 2, 1, 0] },
];

type Grads = { readonly value: Float32Array; readonly gradients: readonly Float32Array[] };

/** Value and gradients of Σ f(inputs)·weights. */
function differentiate(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly { values: Float32Array; shape: number[] }[]): Grads {
  const tensors = inputs.map(({ values, shape }) => tf.tensor(values, shape));
  const result = f(tensors);
  const weights = tf.tensor(normals(99, result.size), result.shape);
  const gradients = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(f(given), weights)))(tensors);
  return { value: result.dataSync() as Float32Array, gradients: gradients.map((g) => g.dataSync() as Float32Array) };
}

async function compare(f: (inputs: tf.Tensor[]) => tf.Tensor, oracle: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly { values: Float32Array; shape: number[] }[]): Promise<void> {
  const ours = await onBackend('wasm', () => differentiate(f, inputs));
  const expected = await onBackend('cpu', () => differentiate(oracle, inputs));
  expect(relativeError(ours.value, expected.value)).toBeLessThan(2e-6);
  ours.gradients.forEach((gradient, i) => expect(relativeError(gradient, expected.gradients[i]), `gradient ${i}`).toBeLessThan(5e-6));
}

describe('Convolution on WebAssembly agrees with the plain JavaScript backend of tfjs, gradients included', () => {
  for (const { input, filter, stride, pad } of CASES) {
    it(`${input.join('×')} by ${filter.join('×')}, stride ${stride.join('×')}, ${pad}`, async () => {
      const padding = typeof pad === 'string' ? pad : ([[0, 0], [pad[0], pad[1]], [pad[2], pad[3]], [0, 0]] as tf.backend_util.ExplicitPadding);
      const run = ([x, w]: tf.Tensor[]): tf.Tensor => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, padding);
      await compare(run, run, [
        { values: normals(1, input.reduce((a, b) => a * b)), shape: input },
        { values: normals(2, filter.reduce((a, b) => a * b)), shape: filter },
      ]);
    });
  }
});

describe('Depthwise convolution agrees likewise', () => {
  for (const [stride, multiplier] of [[1, 1], [2, 1], [1, 3]] as const) {
    it(`stride ${stride}, ${multiplier} outputs a channel`, async () => {
      const run = ([x, w]: tf.Tensor[]): tf.Tensor => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same');
      await compare(run, run, [
        { values: normals(3, 2 * 7 * 6 * 4), shape: [2, 7, 6, 4] },
        { values: normals(4, 9 * 4 * multiplier), shape: [3, 3, 4, multiplier] },
      ]);
    });
  }
});

describe('Own operators agree with compositions of tfjs', () => {
  it('A dilated convolution: the zeros in the filter change nothing', async () => {
    const attributes = { strideY: 1, strideX: 1, padTop: 2, padBottom: 1, padLeft: 0, padRight: 2, dilationY: 2, dilationX: 3 };
    const ours = ([x, w]: tf.Tensor[]): tf.Tensor => convolve(x as tf.Tensor4D, w as tf.Tensor4D, attributes, 'conv2d', 'zero');
    const values = normals(5, 2 * 9 * 9 * 3);
    const weights = normals(6, 9 * 3 * 2);
    const run = (f: (inputs: tf.Tensor[]) => tf.Tensor): Float32Array => f([tf.tensor(values, [2, 9, 9, 3]), tf.tensor(weights, [3, 3, 3, 2])]).dataSync() as Float32Array;
    const expected = await onBackend('cpu', () =>
      run(([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, [[0, 0], [2, 1], [0, 2], [0, 0]], 'NHWC', [2, 3])),
    );
    expect(relativeError(run(ours), expected)).toBeLessThan(2e-6);
  });

  it('Batch norm with the statistics of the batch, and its three gradients', async () => {
    const ours = ([x, gamma, beta]: tf.Tensor[]): tf.Tensor => normaliseBatch(x, gamma, beta, 1e-3, null, NO_FINISH);
    const oracle = ([x, gamma, beta]: tf.Tensor[]): tf.Tensor => {
      const mean = tf.mean(x, [0, 1, 2]);
      const difference = tf.sub(x, mean);
      const variance = tf.mean(tf.square(difference), [0, 1, 2]);
      return tf.add(tf.mul(tf.mul(difference, tf.rsqrt(tf.add(variance, 1e-3))), gamma), beta);
    };
    await compare(ours, oracle, [
      { values: normals(7, 4 * 5 * 3 * 6).map((x) => x * 2 + 3), shape: [4, 5, 3, 6] },
      { values: normals(8, 6), shape: [6] },
      { values: normals(9, 6), shape: [6] },
    ]);
  });

  const pool = { sizeY: 3, sizeX: 2, strideY: 2, strideX: 2, padTop: 1, padBottom: 1, padLeft: 0, padRight: 1 };
  const values = { values: normals(10, 2 * 7 * 5 * 3), shape: [2, 7, 5, 3] };
  const explicit: tf.backend_util.ExplicitPadding = [[0, 0], [1, 1], [0, 1], [0, 0]];

  it('Maximum of overlapping, unevenly padded windows', async () => {
    await compare(([x]) => poolMaximum(x, pool), ([x]) => tf.maxPool(x as tf.Tensor4D, [3, 2], [2, 2], explicit), [values]);
  });

  it('Mean of the same windows: padded positions do not count', async () => {
    const oracle = ([x]: tf.Tensor[]): tf.Tensor => {
      const sum = (y: tf.Tensor): tf.Tensor => tf.pool(tf.pad(y as tf.Tensor4D, [[0, 0], [1, 1], [0, 1], [0, 0]]), [3, 2], 'avg', 'valid', 1, [2, 2]);
      return tf.div(sum(x), sum(tf.onesLike(x)));
    };
    await compare(([x]) => poolAverage(x, pool, [1, 4, 3, 3]), oracle, [values]);
  });
});
