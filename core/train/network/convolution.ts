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
  if (kind === 'depthwise-conv2d') return filled ? convolveDepthwise(x, filter, attributes) : convolveDepthwise(surround(x, attributes, value), filter, { ...attributes, ...NO_PADDING });
  const weights = dilate(filter, attributes.dilationY, attributes.dilationX);
  const window: Window = { strides: [attributes.strideY, attributes.strideX], pad: [[0, 0], [padTop, padBottom], [padLeft, padRight], [0, 0]] };
  return filled ? tf.conv2d(x, weights, window.strides, window.pad) : convolveSurrounded(window, attributes, value)(x, weights);
}

const NO_PADDING = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 } as const;

interface Window {
  readonly strides: [number, number];
  readonly pad: tf.backend_util.ExplicitPadding;
}

/** Nobody asks for the gradient of the border: that of the images is the one behind a border of zeros, on fewer places. */
function convolveSurrounded({ strides, pad }: Window, border: ConvolutionAttributes, value: number): (x: tf.Tensor4D, weights: tf.Tensor4D) => tf.Tensor4D {
  const common = { strides, dataFormat: 'NHWC' } as const;
  return tf.customGrad((...given) => {
    const [x, weights, save] = given as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    const surrounded = surround(x, border, value);
    save([surrounded, weights]);
    const gradFunc = (dy: tf.Tensor, [images, filter]: tf.Tensor[]): tf.Tensor[] => [
      tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...common, pad, inputShape: x.shape }),
      tf.engine().runKernel(tf.Conv2DBackpropFilter, { x: images, dy }, { ...common, pad: 'valid', filterShape: weights.shape }),
    ];
    return { value: tf.conv2d(surrounded, weights, strides, 'valid'), gradFunc };
  }) as (x: tf.Tensor4D, weights: tf.Tensor4D) => tf.Tensor4D;
}
