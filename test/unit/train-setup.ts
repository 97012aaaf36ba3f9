import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createRandom } from '../../core/base/random.ts';
import { startBackend } from '../../core/train/backend/start.ts';

export const TFJS_WASM_PATH = `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'))}/`;

/** The trainer's backend; `onBackend` runs something on tfjs' own plain JavaScript backend instead. */
export async function startForTest(): Promise<void> {
  await startBackend(TFJS_WASM_PATH);
}

export async function onBackend<T>(name: 'wasm' | 'cpu', run: () => T): Promise<T> {
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend did not start.`);
  try {
    return run();
  } finally {
    await tf.setBackend('wasm');
  }
}

export function normals(seed: number, count: number, deviation = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal(0, deviation));
}

/** max|a − b| ÷ max|b|. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let top = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    top = Math.max(top, Math.abs(expected[i]));
  }
  return actual.length === expected.length ? difference / top : Number.POSITIVE_INFINITY;
}

/** Nothing follows a batch norm. */
export const NO_FINISH = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, grid: null } as const;
