import * as tf from '@tensorflow/tfjs-core';
import { arrayOps, fullTensor } from '../quant/array-ops.ts';
import type { Ops } from '../quant/ops.ts';
import { reduceChannels } from './operators/channels.ts';

const float = (mask: tf.Tensor): tf.Tensor => tf.cast(mask, 'float32');

/** The formulas' arithmetic on tfjs tensors: [fanIn, channels], [channels] or scalar. To be used inside a tidy, detached. */
export const tensorOps: Ops<tf.Tensor> = {
  constant: (value) => tf.scalar(value),
  absolute: (x) => tf.abs(x),
  add: (a, b) => tf.add(a, b),
  subtract: (a, b) => tf.sub(a, b),
  multiply: (a, b) => tf.mul(a, b),
  divide: (a, b) => tf.div(a, b),
  minimum: (a, b) => tf.minimum(a, b),
  maximum: (a, b) => tf.maximum(a, b),
  round: (x) => tf.round(x),
  // tf.sign is 0 at 0 and, on WebAssembly, for everything below float epsilon.
  sign: (x) => tf.sub(tf.mul(float(tf.greaterEqual(x, 0)), 2), 1),
  greater: (a, b) => float(tf.greater(a, b)),
  greaterEqual: (a, b) => float(tf.greaterEqual(a, b)),
  channelMean: (x) => reduceChannels(x, 'mean'),
  channelSum: (x) => reduceChannels(x, 'sum'),
  channelMaximum: (x) => reduceChannels(x, 'maximum'),
  leastSquaresScale: (x, largest) => {
    const values = fullTensor(x.dataSync() as Float32Array, x.shape[x.shape.length - 1]);
    return tf.tensor1d(arrayOps.leastSquaresScale(values, largest).data);
  },
};
