import * as tf from '@tensorflow/tfjs-core';

interface FilterGradientAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly filterShape: [number, number, number, number];
}

/**
 * Gradient of a convolution by its filter, as a convolution itself: channels and batch change places, the stride becomes
 * the dilation (METHODS §10). tfjs' WebAssembly backend has no kernel for it.
 */
export function convolutionFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: FilterGradientAttributes): tf.Tensor4D {
  const { strides, pad, filterShape } = attributes;
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
  const [filterHeight, filterWidth] = filterShape;
  return tf.tidy(() => {
    const padded = tf.pad(x, [[0, 0], [padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right], [0, 0]]);
    const images = tf.transpose(padded, [3, 1, 2, 0]);
    const filters = tf.transpose(dy, [1, 2, 0, 3]);
    const all = tf.conv2d(images, filters, 1, 'valid', 'NHWC', [strideHeight, strideWidth]);
    // A stride that does not divide the image leaves rows that no output saw.
    const seen = tf.slice(all, [0, 0, 0, 0], [-1, filterHeight, filterWidth, -1]);
    return tf.transpose(seen, [1, 2, 0, 3]);
  });
}

export const convolutionFilterGradientKernel: tf.KernelConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    convolutionFilterGradient(inputs['x'] as tf.Tensor4D, inputs['dy'] as tf.Tensor4D, attrs as unknown as FilterGradientAttributes),
};
