import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { threadsOf } from '../../electron/cli/kernel-threads.ts';
import { setTrainingKernels, trainingKernels } from '../../core/train/backend/active-kernels.ts';
import { startBackend } from '../../core/train/backend/start.ts';
import { CONVOLUTION_KERNELS, forceConvolution } from '../../core/train/kernels/convolution/choose.ts';
import { createTrainingKernels, type TrainingKernels } from '../../core/train/kernels/training-kernels.ts';
import { CONVOLUTION_CASES, describeCase, differentiateConvolution } from './train-convolution-cases.ts';
import { normals, TFJS_WASM_PATH } from './train-setup.ts';

const spawn = threadsOf(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));

let shared: TrainingKernels;
let alone: TrainingKernels;

beforeAll(async () => {
  await startBackend(TFJS_WASM_PATH, { threads: 2, spawn });
  shared = trainingKernels() as TrainingKernels;
  alone = (await createTrainingKernels(shared.backend, { threads: 1, spawn: null })) as TrainingKernels;
  return () => shared.dispose();
});
afterEach(() => forceConvolution(null));

function withEach<T>(run: () => T): readonly [T, T] {
  setTrainingKernels(alone);
  const one = run();
  setTrainingKernels(shared);
  return [one, run()];
}

it('There are two threads, and one', () => {
  expect([shared.threads, alone.threads]).toEqual([2, 1]);
});

for (const [index, shape] of CONVOLUTION_CASES.entries()) {
  it(`${describeCase(shape)}, seed ${index}: two threads compute every bit that one computes`, () => {
    for (const { name } of CONVOLUTION_KERNELS) {
      forceConvolution(name);
      const [one, two] = withEach(() => differentiateConvolution(shape, index));
      expect(two, name).toEqual(one);
    }
  });
}

for (const [rows, columns, inner] of [[64, 128, 784], [50, 8, 5000], [13, 17, 6]] as const) {
  it(`${rows}×${inner} by ${inner}×${columns}: so do products of matrices, transposed or not`, () => {
    for (const [transposeA, transposeB] of [[false, false], [true, false], [false, true]]) {
      const [one, two] = withEach(() => {
        const a = tf.tensor(normals(1, rows * inner), transposeA ? [inner, rows] : [rows, inner]);
        const b = tf.tensor(normals(2, inner * columns), transposeB ? [columns, inner] : [inner, columns]);
        return tf.matMul(a, b, transposeA, transposeB).dataSync().slice();
      });
      expect(two).toEqual(one);
    }
  });
}
