import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { threadsOf } from '../../electron/cli/kernel-threads.ts';
import { trainingKernels } from '../../core/train/backend/active-kernels.ts';
import { withSharedMemory } from '../../core/train/backend/shared-memory.ts';
import { startBackend } from '../../core/train/backend/start.ts';
import { normals, TFJS_WASM_PATH } from './train-setup.ts';

const spawn = threadsOf(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));

it('The module of tfjs with a shared memory differs in the flags and the limit of its memory alone', () => {
  const bytes = new Uint8Array(readFileSync(`${TFJS_WASM_PATH}tfjs-backend-wasm-simd.wasm`));
  const shared = withSharedMemory(bytes) as Uint8Array;
  expect(shared.reduce((count, byte, i) => count + Number(byte !== bytes[i]), 0)).toBe(2);
  expect(WebAssembly.validate(shared as Uint8Array<ArrayBuffer>)).toBe(true);
  // A module without memory of the known form is left as it is.
  expect(withSharedMemory(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))).toBeNull();
});

it('tfjs computes the same on shared memory, also after the memory has grown, and the kernels have two threads there', async () => {
  expect(await startBackend(TFJS_WASM_PATH, { threads: 2, spawn })).toMatch(/, 2 threads$/);
  const memory = trainingKernels()?.backend.wasm.asm.memory as WebAssembly.Memory;
  expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  const a = tf.tensor2d(normals(1, 64 * 64), [64, 64]);
  const product = tf.matMul(a, a).dataSync();
  const before = memory.buffer.byteLength;
  expect(tf.zeros([16_000_000]).dataSync().length).toBe(16_000_000);
  expect(memory.buffer.byteLength).toBeGreaterThan(before);
  expect(tf.matMul(a, a).dataSync()).toEqual(product);
  trainingKernels()?.dispose();
});
