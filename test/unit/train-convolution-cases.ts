import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '../../core/base/random.ts';

export interface ConvolutionCase {
  readonly input: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: [number, number];
  /** Top, bottom, left, right; or as tfjs names them. */
  readonly pad: 'same' | 'valid' | [number, number, number, number];
}

/** Batch, size, channels, outputs, filter, stride, pad. */
const of = (
  batch: number, size: [number, number], channels: number, outputs: number, filter: [number, number], stride: number | [number, number], pad: ConvolutionCase['pad'],
): ConvolutionCase => ({
  input: [batch, ...size, channels],
  filter: [...filter, channels, outputs],
  stride: typeof stride === 'number' ? [stride, stride] : stride,
  pad,
});

export const CONVOLUTION_CASES: readonly ConvolutionCase[] = [
  of(2, [8, 8], 8, 16, [3, 3], 1, 'same'),
  of(3, [7, 9], 5, 6, [3, 3], 1, 'same'),
  of(2, [9, 7], 1, 10, [5, 5], 1, 'valid'),
  of(1, [6, 6], 3, 3, [3, 3], 2, 'same'),
  of(2, [8, 8], 8, 8, [3, 3], 2, 'same'),
  of(2, [9, 9], 4, 12, [3, 3], 2, 'valid'),
  of(2, [6, 6], 8, 24, [1, 1], 1, 'same'),
  of(17, [12, 11], 6, 10, [1, 1], 1, 'valid'),
  of(2, [8, 8], 16, 8, [1, 1], 2, 'same'),
  of(2, [7, 7], 3, 5, [1, 1], 3, 'valid'),
  of(2, [6, 7], 4, 5, [2, 4], 1, 'same'),
  of(2, [12, 12], 32, 64, [5, 5], 1, 'same'),
  of(2, [28, 28], 1, 32, [5, 5], 1, 'same'),
  of(1, [5, 5], 2, 7, [5, 5], 1, 'valid'),
  of(2, [7, 5], 6, 9, [3, 2], 3, 'valid'),
  of(3, [9, 11], 8, 16, [5, 5], 1, 'same'),
  of(2, [9, 11], 16, 24, [3, 3], 1, 'valid'),
  of(18, [8, 8], 16, 12, [3, 3], 1, 'same'),
  of(1, [8, 8], 12, 20, [3, 3], 1, [1, 1, 0, 2]),
  of(2, [10, 7], 4, 4, [5, 5], 1, [4, 1, 2, 3]),
  of(2, [9, 10], 3, 16, [7, 7], 2, 'same'),
  of(2, [9, 9], 8, 8, [7, 7], 1, 'same'),
  of(2, [6, 6], 3, 4, [3, 3], [1, 2], [0, 2, 1, 0]),
  of(2, [11, 8], 5, 3, [4, 4], [3, 2], [2, 1, 3, 2]),
  of(1, [4, 4], 3, 2, [2, 2], 3, 'valid'),
  of(2, [3, 2], 4, 8, [1, 1], [4, 3], 'valid'),
  of(1, [2, 3], 4, 8, [5, 5], 1, 'same'),
];

/** Apart from the other set-up of tests, which browsers cannot load. */
function normals(seed: number, count: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal(0, 1));
}

export const describeCase = ({ input, filter, stride, pad }: ConvolutionCase): string =>
  `${input.join('×')} by ${filter.join('×')}, stride ${stride.join('×')}, ${Array.isArray(pad) ? `padded ${pad.join(' ')}` : pad}`;

/** max|error| ÷ max|value|. A tile of 8 × 8 loses a digit. */
export const toleranceOf = ({ filter: [height] }: ConvolutionCase): number => (height === 5 ? 2e-5 : 1e-5);

/** Output of a convolution of seeded numbers, and the gradients of Σ output · weights by input and filter. */
export function differentiateConvolution({ input, filter, stride, pad }: ConvolutionCase, seed: number): Float32Array[] {
  const padding = typeof pad === 'string' ? pad : ([[0, 0], [pad[0], pad[1]], [pad[2], pad[3]], [0, 0]] as tf.backend_util.ExplicitPadding);
  return tf.tidy(() => {
    const x = tf.tensor4d(normals(3 * seed + 1, input.reduce((a, b) => a * b)), input);
    const w = tf.tensor4d(normals(3 * seed + 2, filter.reduce((a, b) => a * b)), filter);
    const convolution = (image: tf.Tensor, weights: tf.Tensor): tf.Tensor => tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, stride, padding);
    const output = convolution(x, w);
    const factors = tf.tensor(normals(3 * seed + 3, output.size), output.shape);
    const gradients = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(convolution(given[0], given[1]), factors)))([x, w]);
    return [output, ...gradients].map((tensor) => tensor.dataSync().slice() as Float32Array);
  });
}
