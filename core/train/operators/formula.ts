import type { Tensor } from '@tensorflow/tfjs-core';
import { roundHalfEven } from '../../base/round.ts';
import { elementCount, type Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import type { TrainingKernels } from '../kernels/training-kernels.ts';
import { channelRows, ELEMENT_GRAIN, repeatedRow, rowGrain, type ChannelRows } from './channel-rows.ts';

/** Operations of two values, and their numbers in kernels/formula. */
const COMBINATIONS = {
  add: { code: 0, of: (a: number, b: number) => a + b },
  subtract: { code: 1, of: (a: number, b: number) => a - b },
  multiply: { code: 2, of: (a: number, b: number) => a * b },
  divide: { code: 3, of: (a: number, b: number) => a / b },
  minimum: { code: 4, of: Math.min },
  maximum: { code: 5, of: Math.max },
  greater: { code: 6, of: (a: number, b: number) => Number(a > b) },
  greaterEqual: { code: 7, of: (a: number, b: number) => Number(a >= b) },
} as const;

/** Of one value. */
const MAPS = {
  absolute: { code: 0, of: Math.abs },
  round: { code: 1, of: roundHalfEven },
  sign: { code: 2, of: (x: number) => (x >= 0 ? 1 : -1) },
} as const;

export type Combination = keyof typeof COMBINATIONS;
type Map = keyof typeof MAPS;

/** Rows of values that have no channels. */
const PLAIN_ROW = 1024;

/** How an operand is laid out beside rows of the result: all of it, or one row that is repeated. Address and bytes between rows. */
function operand(kernels: TrainingKernels, name: string, address: number, size: number, { width, length }: ChannelRows): readonly [number, number] {
  return size === length ? [address, width * 4] : [repeatedRow(kernels, name, address, size, width), 0];
}

/** Two operands at byte addresses, of which at least one has the shape of the result at `target`. */
export function combineInto(kernels: TrainingKernels, operation: Combination, addresses: readonly number[], shapes: readonly Shape[], target: number): void {
  const sizes = shapes.map(elementCount);
  const length = Math.max(...sizes);
  const channels = sizes.find((size) => size !== length && size !== 1);
  const layout = channels === undefined ? { width: PLAIN_ROW, length, rows: Math.ceil(length / PLAIN_ROW) } : channelRows(length, channels);
  const [a, b] = addresses.map((address, i) => operand(kernels, `operand ${i} of a formula`, address, sizes[i], layout));
  const args = [COMBINATIONS[operation].code, ...a, ...b, target, layout.width, length];
  kernels.run({ export: 'combineValues', args, items: layout.rows, grain: rowGrain(layout) });
}

const combine: ArrayOperator<{ readonly operation: Combination }> = {
  name: 'FormulaCombine',
  outputs: ([a, b]): readonly Shape[] => [a.length >= b.length ? a : b],
  run: ([a, b], [y], { operation }) => {
    const { of } = COMBINATIONS[operation];
    for (let i = 0; i < y.length; i++) y[i] = of(a[i % a.length], b[i % b.length]);
  },
  fast: ({ kernels, inputs, outputs: [y], attributes: { operation }, shapes }) => combineInto(kernels, operation, inputs, shapes, y),
};

const map: ArrayOperator<{ readonly operation: Map }> = {
  name: 'FormulaMap',
  outputs: ([x]) => [x],
  run: ([x], [y], { operation }) => {
    const { of } = MAPS[operation];
    for (let i = 0; i < y.length; i++) y[i] = of(x[i]);
  },
  fast: ({ kernels, inputs: [x], outputs: [y], attributes: { operation }, shapes: [shape] }) =>
    kernels.run({ export: 'mapValues', args: [MAPS[operation].code, x, y], items: elementCount(shape), grain: ELEMENT_GRAIN }),
};

/** Operands are scalars, [channels], or [..., channels]; the result has the larger one's shape. No gradient. */
export function combineTensors(operation: Combination, a: Tensor, b: Tensor): Tensor {
  return apply(combine, [a, b], { operation })[0];
}

export function mapTensor(operation: Map, x: Tensor): Tensor {
  return apply(map, [x], { operation })[0];
}

export const FORMULA_OPERATORS = [combine, map] as const;
