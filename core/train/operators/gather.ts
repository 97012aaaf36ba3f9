import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

interface Gather {
  /** For each element of one output sample the element of the input sample, or −1 for a padded zero. */
  readonly table: Int32Array;
  /** Shape of one output sample without the batch. */
  readonly sample: Shape;
  readonly inputShape: Shape;
}

const gatherGradient: ArrayOperator<Gather> = {
  name: 'GatherGradient',
  outputs: (_, { inputShape }) => [inputShape],
  run: ([dy], [dx], { table, inputShape }) => {
    const size = dx.length / inputShape[0];
    dx.fill(0);
    for (let b = 0; b < inputShape[0]; b++) {
      for (let i = 0; i < table.length; i++) if (table[i] >= 0) dx[b * size + table[i]] += dy[b * table.length + i];
    }
  },
};

/** Transpose, slice and pad of each sample. */
const gather: ArrayOperator<Gather> = {
  name: 'Gather',
  outputs: ([x], { sample }) => [[x[0], ...sample]],
  run: ([x], [y], { table, inputShape }) => {
    const size = x.length / inputShape[0];
    for (let b = 0; b < inputShape[0]; b++) {
      for (let i = 0; i < table.length; i++) y[b * table.length + i] = table[i] < 0 ? 0 : x[b * size + table[i]];
    }
  },
  gradient: { run: ([dy], _, attributes) => apply(gatherGradient, [dy], attributes) },
};

export function gatherSamples(x: Tensor, table: Int32Array, sample: Shape): Tensor {
  return apply(gather, [x], { table, sample, inputShape: x.shape })[0];
}

export const GATHER_OPERATORS = [gather, gatherGradient] as const;
