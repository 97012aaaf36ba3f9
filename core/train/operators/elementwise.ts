import type { Tensor } from '@tensorflow/tfjs-core';
import { elementCount } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { ELEMENT_GRAIN } from './channel-rows.ts';

interface Limits {
  readonly low: number;
  readonly high: number;
}

const clipGradient: ArrayOperator<Limits> = {
  name: 'ClipGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], { low, high }) => {
    // Products instead of branches: which side of a limit a value is on cannot be predicted.
    for (let i = 0; i < dx.length; i++) dx[i] = dy[i] * (Number(x[i] > low) * Number(x[i] < high));
  },
  fast: ({ kernels, inputs, outputs, attributes: { low, high }, shapes: [shape] }) =>
    kernels.run({ export: 'clipGradient', args: [...inputs, ...outputs, low, high], items: elementCount(shape), grain: ELEMENT_GRAIN }),
};

/** min(max(x, low), high): ReLU, ReLU6 and Hardtanh. */
const clip: ArrayOperator<Limits> = {
  name: 'Clip',
  outputs: ([x]) => [x],
  run: ([x], [y], { low, high }) => {
    if (low === 0 && high === Number.POSITIVE_INFINITY) {
      // (x + |x|)/2 is max(x, 0), exact and without a branch.
      for (let i = 0; i < y.length; i++) y[i] = (x[i] + Math.abs(x[i])) * 0.5;
    } else for (let i = 0; i < y.length; i++) y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
  },
  fast: ({ kernels, inputs, outputs, attributes: { low, high }, shapes: [shape] }) =>
    kernels.run({ export: 'clipValues', args: [...inputs, ...outputs, low, high], items: elementCount(shape), grain: ELEMENT_GRAIN }),
  gradient: { inputs: [0], run: ([dy], [x], limits) => apply(clipGradient, [x, dy], limits) },
};

export function clipTo(x: Tensor, low: number, high: number): Tensor {
  return apply(clip, [x], { low, high })[0];
}

const leakyGradient: ArrayOperator<{ readonly alpha: number }> = {
  name: 'LeakyReluGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], { alpha }) => {
    for (let i = 0; i < dx.length; i++) dx[i] = x[i] >= 0 ? dy[i] : dy[i] * alpha;
  },
  fast: ({ kernels, inputs, outputs, attributes: { alpha }, shapes: [shape] }) =>
    kernels.run({ export: 'leakyScale', args: [...inputs, ...outputs, alpha], items: elementCount(shape), grain: ELEMENT_GRAIN }),
};

const leaky: ArrayOperator<{ readonly alpha: number }> = {
  name: 'LeakyRelu',
  outputs: ([x]) => [x],
  run: ([x], [y], { alpha }) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] >= 0 ? x[i] : x[i] * alpha;
  },
  fast: ({ kernels, inputs: [x], outputs: [y], attributes: { alpha }, shapes: [shape] }) =>
    kernels.run({ export: 'leakyScale', args: [x, x, y, alpha], items: elementCount(shape), grain: ELEMENT_GRAIN }),
  gradient: { inputs: [0], run: ([dy], [x], attributes) => apply(leakyGradient, [x, dy], attributes) },
};

export function leakyRelu(x: Tensor, alpha: number): Tensor {
  return apply(leaky, [x], { alpha })[0];
}

export const ELEMENTWISE_OPERATORS = [clip, clipGradient, leaky, leakyGradient] as const;
