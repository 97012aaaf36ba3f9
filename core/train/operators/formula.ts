import type { Tensor } from '@tensorflow/tfjs-core';
import { roundHalfEven } from '../../base/round.ts';
import { elementCount, type Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator, type FastCall } from '../backend/array-kernel.ts';
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

type Combination = keyof typeof COMBINATIONS;
type Map = keyof typeof MAPS;

/** Rows of values that have no channels. */
const PLAIN_ROW = 1024;

/** How an operand is laid out beside rows of the result: all of it, or one row that is repeated. Address and bytes between rows. */
function operand({ kernels, inputs, shapes }: FastCall<unknown>, index: number, { width, length }: ChannelRows): readonly [number, number] {
  const size = elementCount(shapes[index]);
  if (size === length) return [inputs[index], width * 4];
  return [repeatedRow(kernels, `operand ${index} of a formula`, inputs[index], size, width), 0];
}

const combine: ArrayOperator<{ readonly operation: Combination }> = {
  name: 'FormulaCombine',
  outputs: ([a, b]): readonly Shape[] => [a.length >= b.length ? a : b],
  run: ([a, b], [y], { operation }) => {
    const { of } = COMBINATIONS[operation];
    for (let i = 0; i < y.length; i++) y[i] = of(a[i % a.length], b[i % b.length]);
  },
  fast: (call) => {
    const { kernels, outputs: [y], attributes: { operation }, shapes } = call;
    const sizes = shapes.map(elementCount);
    const length = Math.max(...sizes);
    const repeated = sizes.filter((size) => size !== length && size !== 1);
    const layout = repeated.length > 0 ? channelRows(length, repeated[0]) : { width: PLAIN_ROW, length, rows: Math.ceil(length / PLAIN_ROW) };
    const operands = [...operand(call, 0, layout), ...operand(call, 1, layout)];
    const args = [COMBINATIONS[operation].code, ...operands, y, layout.width, length];
    kernels.run({ export: 'combineValues', args, items: layout.rows, grain: rowGrain(layout) });
  },
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
