// Convolutions of training inside a browser, where relaxed SIMD lives, against the plain JavaScript backend of tfjs.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { startBackend } from '../../core/train/backend/start.ts';
import { CONVOLUTION_KERNELS, forceConvolution } from '../../core/train/kernels/convolution/choose.ts';
import { CONVOLUTION_CASES, describeCase, differentiateConvolution, toleranceOf } from '../unit/train-convolution-cases.ts';

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const top = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value) / top), 0);
}

async function check(): Promise<void> {
  const description = await startBackend('/tfjs/');
  const failures: string[] = [];
  let compared = 0;
  for (const [index, shape] of CONVOLUTION_CASES.entries()) {
    await tf.setBackend('cpu');
    const expected = differentiateConvolution(shape, index);
    await tf.setBackend('wasm');
    for (const { name } of CONVOLUTION_KERNELS) {
      forceConvolution(name);
      differentiateConvolution(shape, index).forEach((values, i) => {
        compared++;
        const error = relativeError(values, expected[i]);
        if (!(error < toleranceOf(shape))) failures.push(`${describeCase(shape)}, ${name}, result ${i}: ${error}`);
      });
    }
  }
  postMessage({ report: { description, failures, compared } });
}

addEventListener('message', () => {
  check().then(
    () => postMessage({ done: true }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
