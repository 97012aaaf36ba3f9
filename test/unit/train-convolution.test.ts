import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CONVOLUTION_KERNELS, forceConvolution } from '../../core/train/kernels/convolution/choose.ts';
import { CONVOLUTION_CASES, describeCase, differentiateConvolution, toleranceOf } from './train-convolution-cases.ts';
import { normals, onBackend, relativeError, startForTest } from './train-setup.ts';

beforeAll(startForTest);
afterEach(() => forceConvolution(null));

describe('Every convolution kernel agrees with the plain JavaScript backend of tfjs, both gradients included', () => {
  for (const [index, shape] of CONVOLUTION_CASES.entries()) {
    it(`${describeCase(shape)}, seed ${index}`, async () => {
      const expected = await onBackend('cpu', () => differentiateConvolution(shape, index));
      for (const name of [null, ...CONVOLUTION_KERNELS.map((kernel) => kernel.name)]) {
        forceConvolution(name);
        const actual = differentiateConvolution(shape, index);
        actual.forEach((values, i) => {
          const what = `${['output', 'gradient of the input', 'gradient of the filter'][i]} with ${name ?? 'the cheapest'}`;
          expect(relativeError(values, expected[i]), what).toBeLessThan(toleranceOf(shape));
        });
      }
    });
  }

  it('A kernel that does not exist is named, with those that do', () => {
    expect(() => forceConvolution('fastest')).toThrow(/no convolution kernel called fastest/);
  });
});

describe('Products of matrices agree likewise', () => {
  const SIZES = [[64, 128, 300], [7, 9, 5], [5, 10, 33], [13, 17, 6], [1, 3, 1], [100, 12, 400], [50, 8, 1000], [12, 20, 3000]] as const;
  for (const [rows, columns, inner] of SIZES) {
    for (const [transposeA, transposeB] of [[false, false], [true, false], [false, true], [true, true]]) {
      it(`${rows}×${inner}${transposeA ? ' transposed' : ''} by ${inner}×${columns}${transposeB ? ' transposed' : ''}`, async () => {
        const run = (): Float32Array => {
          const a = tf.tensor(normals(1, rows * inner), transposeA ? [inner, rows] : [rows, inner]);
          const b = tf.tensor(normals(2, inner * columns), transposeB ? [columns, inner] : [inner, columns]);
          return tf.matMul(a, b, transposeA, transposeB).dataSync() as Float32Array;
        };
        expect(relativeError(run(), await onBackend('cpu', run))).toBeLessThan(2e-6);
      });
    }
  }

  it('A batch of matrices is left to tfjs', async () => {
    const run = (): Float32Array => tf.matMul(tf.tensor(normals(3, 24), [2, 3, 4]), tf.tensor(normals(4, 40), [2, 5, 4]), false, true).dataSync() as Float32Array;
    expect(relativeError(run(), await onBackend('cpu', run))).toBeLessThan(1e-6);
  });
});
