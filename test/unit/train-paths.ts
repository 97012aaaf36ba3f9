import * as tf from '@tensorflow/tfjs-core';
import { threadsOf } from '../../electron/cli/kernel-threads.ts';
import { setTrainingKernels, trainingKernels } from '../../core/train/backend/active-kernels.ts';
import { startBackend } from '../../core/train/backend/start.ts';
import { createTrainingKernels, type TrainingKernels } from '../../core/train/kernels/training-kernels.ts';
import { normals, TFJS_WASM_PATH } from './train-setup.ts';

const spawn = threadsOf(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));

export interface Input {
  readonly values: Float32Array;
  readonly shape: number[];
}

export function normalInput(seed: number, shape: number[], deviation = 1): Input {
  return { values: normals(seed, shape.reduce((product, size) => product * size, 1), deviation), shape };
}

/** The three ways of one operator: plain loops, compiled kernels on one thread and on two. */
export interface Paths {
  readonly plain: null;
  readonly one: TrainingKernels;
  readonly two: TrainingKernels;
  dispose(): void;
}

export async function startPaths(): Promise<Paths> {
  await startBackend(TFJS_WASM_PATH, { threads: 2, spawn });
  const two = trainingKernels() as TrainingKernels;
  const one = (await createTrainingKernels(two.backend, { threads: 1, spawn: null })) as TrainingKernels;
  return { plain: null, one, two, dispose: () => two.dispose() };
}

export function along<T>(kernels: TrainingKernels | null, run: () => T): T {
  const before = setTrainingKernels(kernels);
  try {
    return run();
  } finally {
    setTrainingKernels(before);
  }
}

/** Value, then the gradients of Σ f(inputs) · weights with seeded weights. */
export function valueAndGradients(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly Input[]): readonly Float32Array[] {
  return tf.tidy(() => {
    const tensors = inputs.map(({ values, shape }) => tf.tensor(values, shape));
    const value = f(tensors);
    const weights = tf.tensor(normals(99, value.size), value.shape);
    const gradients = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(f(given), weights)))(tensors);
    return [value, ...gradients].map((tensor) => (tensor.dataSync() as Float32Array).slice());
  });
}

/** Position of the first value whose bits differ; −1 without any. Faster than a matcher on long arrays. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}
