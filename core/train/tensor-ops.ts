import * as tf from '@tensorflow/tfjs-core';
import { arrayOps, fullTensor } from '../quant/array-ops.ts';
import type { Ops } from '../quant/ops.ts';
import { reduceChannels } from './operators/channels.ts';
import { combineTensors, mapTensor } from './operators/formula.ts';

/** The formulas' arithmetic on tensors: [fanIn, channels], [channels] or scalar. To be used inside a tidy, detached. */
export const tensorOps: Ops<tf.Tensor> = {
  constant: (value) => tf.scalar(value),
  absolute: (x) => mapTensor('absolute', x),
  add: (a, b) => combineTensors('add', a, b),
  subtract: (a, b) => combineTensors('subtract', a, b),
  multiply: (a, b) => combineTensors('multiply', a, b),
  divide: (a, b) => combineTensors('divide', a, b),
  minimum: (a, b) => combineTensors('minimum', a, b),
  maximum: (a, b) => combineTensors('maximum', a, b),
  round: (x) => mapTensor('round', x),
  sign: (x) => mapTensor('sign', x),
  greater: (a, b) => combineTensors('greater', a, b),
  greaterEqual: (a, b) => combineTensors('greaterEqual', a, b),
  channelMean: (x) => reduceChannels(x, 'mean'),
  channelSum: (x) => reduceChannels(x, 'sum'),
  channelMaximum: (x) => reduceChannels(x, 'maximum'),
  leastSquaresScale: (x, largest) => {
    const values = fullTensor(x.dataSync() as Float32Array, x.shape[x.shape.length - 1]);
    return tf.tensor1d(arrayOps.leastSquaresScale(values, largest).data);
  },
};
