import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../../graph/graph.ts';
import type { SignPadding } from '../../kernels/kernel.ts';
import { surround } from '../operators/border.ts';
import { convolveDepthwise } from '../operators/depthwise.ts';

const PADDING_VALUE: Readonly<Record<SignPadding, number>> = { zero: 0, minus: -1, plus: 1 };

/** tfjs has no gradient of a dilated convolution: the zeros go into the filter instead. */
function dilate(filter: tf.Tensor4D, dilationY: number, dilationX: number): tf.Tensor4D {
  if (dilationY === 1 && dilationX === 1) return filter;
  const [height, width, input, output] = filter.shape;
  const rows = tf.reshape(tf.pad(tf.reshape(filter, [height, 1, width, input * output]), [[0, 0], [0, dilationY - 1], [0, 0], [0, 0]]), [height * dilationY, width, 1, input * output]);
  const all = tf.reshape(tf.pad(rows, [[0, 0], [0, 0], [0, dilationX - 1], [0, 0]]), [height * dilationY, width * dilationX, input, output]);
  return tf.slice(all as tf.Tensor4D, [0, 0, 0, 0], [(height - 1) * dilationY + 1, (width - 1) * dilationX + 1, -1, -1]);
}

/** Convolution of a batch, NHWC. `padding` says what a padded value is: 0, or one of the two levels of one-bit inputs. */
export function convolve(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  attributes: ConvolutionAttributes,
  kind: 'conv2d' | 'depthwise-conv2d',
  padding: SignPadding,
): tf.Tensor4D {
  const { padTop, padBottom, padLeft, padRight } = attributes;
  const value = PADDING_VALUE[padding];
  const filled = value === 0 || padTop + padBottom + padLeft + padRight === 0;
  const input = filled ? x : surround(x, attributes, value);
  const explicit: tf.backend_util.ExplicitPadding = filled ? [[0, 0], [padTop, padBottom], [padLeft, padRight], [0, 0]] : [[0, 0], [0, 0], [0, 0], [0, 0]];
  if (kind === 'depthwise-conv2d') return convolveDepthwise(input, filter, filled ? attributes : { ...attributes, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 });
  const weights = dilate(filter, attributes.dilationY, attributes.dilationX);
  const strides: [number, number] = [attributes.strideY, attributes.strideX];
  return tf.conv2d(input, weights, strides, explicit);
}
