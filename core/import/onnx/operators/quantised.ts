import { NotRunnable } from '../../importer.ts';
import type { Converter, NodeContext, Result, Running } from '../context.ts';
import type { NodeProto } from '../schema.ts';
import { dequantised, fakeQuantised, gridOf, TYPE_RANGES, type CodeGrid } from '../quantisation.ts';
import type { Constant } from '../tensor.ts';
import { convolution } from './convolution.ts';
import * as elementwise from './elementwise.ts';
import * as functions from './functions.ts';
import * as pool from './pool.ts';
import { gemm, matMul } from './product.ts';
import { concat } from './shape.ts';
import { each, scaled } from './values.ts';
import { STEEP } from '../../steep.ts';

// Operators on codes. Values stay the real numbers that the codes stand for; the grids stand beside them, and the layers get the
// precision that the file has them in.

const scalar = (grid: CodeGrid): { readonly scale: number; readonly zero: number } => {
  if (grid.scale.length !== 1 || grid.zero.length !== 1) throw new NotRunnable('a grid a channel of a value');
  return { scale: grid.scale[0], zero: grid.zero[0] };
};

/** The grid that two inputs of the operator state; `fallback` is the type of the codes where no zero point says it. */
function statedGrid(context: NodeContext, scale: number, zero: number, fallback: string): CodeGrid {
  return gridOf(context.needed(scale, 'a scale'), context.node.inputs[zero] ? context.needed(zero, 'a zero point') : null, fallback);
}

/** A value on its way into codes: those that start at 0 cut off what is below, which is a ReLU. */
function onGrid(context: NodeContext, value: Running, grid: CodeGrid): Running {
  const { scale, zero } = scalar(grid);
  const range = TYPE_RANGES[grid.type];
  if (!range || !(scale > 0)) throw new NotRunnable(`codes of the type ${grid.type} with the scale ${scale}`);
  const isInput = context.findings.inputs.has(value.id);
  const cuts = zero === range.minimum && !isInput && !context.findings.notNegative.has(value.id);
  if (cuts) context.findings.notes.add('Codes that start at 0 cut off what is below; this is read as a ReLU.');
  const result = cuts ? each(context, 'relu', value, {}, 'relu') : value;
  if (range.bits === 8) context.grid(result.id, { scale, zeroPoint: zero - range.minimum - 128 });
  return result;
}

/** A value that the file has as whole numbers becomes what they stand for; others are that already. */
function real(context: NodeContext, value: Running, grid: CodeGrid): Running {
  if (!context.findings.whole.has(value.id)) return value;
  const { scale, zero } = scalar(grid);
  return scale === 1 && zero === 0 ? each(context, 'identity', value, {}, 'real') : scaled(context, value, scale, -zero * scale, 'real');
}

export const quantize: Converter = (context) => {
  if (context.integer('block_size', 0) !== 0) throw new NotRunnable('a grid a block');
  return onGrid(context, context.running(0), statedGrid(context, 1, 2, 'uint8'));
};

export const dequantize: Converter = (context) => {
  if (context.integer('block_size', 0) !== 0) throw new NotRunnable('a grid a block');
  return real(context, context.running(0), statedGrid(context, 1, 2, 'uint8'));
};

/** Scales that are found as the file runs are not needed for real numbers: codes of the scale 1. */
export const dynamicQuantize: Converter = (context) => {
  context.findings.notes.add('Values that the file quantises as it runs are read as real numbers.');
  const one: Constant = { dims: [], kind: 'real', values: Float32Array.of(1) };
  const zero: Constant = { dims: [], kind: 'integer', type: 'int8', values: Float64Array.of(0) };
  const codes = each(context, 'identity', context.running(0), {});
  context.findings.whole.add(codes.id);
  return [codes, one, zero];
};

/** Sums of whole numbers: those of the file, or dynamic codes of the scale 1. */
const integer = (base: Converter, kernelAxis: number): Converter => (context) => {
  const input = context.running(0);
  if (!context.findings.whole.has(input.id)) throw new NotRunnable('codes that have a scale');
  const one: Constant = { dims: [], kind: 'real', values: Float32Array.of(1) };
  const zeroOf = (index: number): Constant | null => (context.node.inputs[index] ? context.needed(index, 'a zero point') : null);
  const kernel = dequantised(context.needed(1, 'a kernel'), gridOf(one, zeroOf(3), 'int8'), kernelAxis);
  return base(context.as(context.node, [real(context, input, gridOf(one, zeroOf(2), 'int8')), kernel]));
};
export const integerConvolution = integer(convolution, 0);
export const integerProduct = integer(matMul, 1);

interface LinearRow {
  readonly base: Converter;
  /** Places of operands, each followed by its scale and zero point; of the result's grid; of a bias in whole numbers. */
  readonly operands: (inputs: number) => readonly number[];
  readonly grid: number;
  readonly bias?: number;
  /** Axis of the channels in a constant operand with a grid a channel. */
  readonly axis?: (context: NodeContext) => number;
}

/** Operators that quantised ones compute, and how these give their operands. */
const LINEAR = {
  Conv: { base: convolution, operands: () => [0, 3], grid: 6, bias: 8, axis: () => 0 },
  MatMul: { base: matMul, operands: () => [0, 3], grid: 6, axis: () => 1 },
  QGemm: { base: gemm, operands: () => [0, 3], grid: 7, bias: 6, axis: (context) => (context.integer('transB', 0) === 1 ? 0 : 1) },
  Add: { base: elementwise.add, operands: () => [0, 3], grid: 6 },
  Mul: { base: elementwise.multiply, operands: () => [0, 3], grid: 6 },
  AveragePool: { base: pool.averagePool, operands: () => [0], grid: 3 },
  GlobalAveragePool: { base: pool.globalAveragePool, operands: () => [0], grid: 3 },
  LeakyRelu: { base: functions.leakyRelu, operands: () => [0], grid: 3 },
  Sigmoid: { base: functions.sigmoid, operands: () => [0], grid: 3 },
  Concat: { base: concat, operands: (inputs) => Array.from({ length: Math.floor((inputs - 2) / 3) }, (_, i) => 2 + 3 * i), grid: 0 },
} as const satisfies Record<string, LinearRow>;

/** A bias in steps of the product of both scales. */
function realBias(bias: Constant, input: CodeGrid, kernel: CodeGrid): Constant {
  const { scale } = scalar(input);
  const stepOf = (channel: number): number => scale * kernel.scale[kernel.scale.length === 1 ? 0 : channel];
  if (kernel.scale.length !== 1 && kernel.scale.length !== bias.values.length) throw new NotRunnable(`${bias.values.length} biases`);
  return { dims: bias.dims, kind: 'real', values: Float32Array.from(bias.values, (value, channel) => value * stepOf(channel)) };
}

export const linear = (name: keyof typeof LINEAR): Converter => (context) => {
  const row: LinearRow = LINEAR[name];
  if (context.integer('channels_last', 0) === 1) throw new NotRunnable('channels in the last place');
  const { inputs } = context.node;
  const places = row.operands(inputs.length);
  const grids = places.map((place) => statedGrid(context, place + 1, place + 2, 'uint8'));
  const operands = places.map((place, i): Constant | Running => {
    const constant = context.constant(place);
    return constant ? dequantised(constant, grids[i], row.axis?.(context) ?? 0) : real(context, context.running(place), grids[i]);
  });
  const bias = row.bias !== undefined && inputs[row.bias] ? realBias(context.needed(row.bias, 'a bias'), grids[0], grids[1]) : null;
  const result: Running | readonly Result[] = row.base(context.as(context.node, bias ? [...operands, bias] : operands));
  if (!('id' in result)) throw new NotRunnable('more than one output');
  // QGemm without a grid gives real numbers.
  return inputs[row.grid] ? onGrid(context, result, statedGrid(context, row.grid, row.grid + 1, 'uint8')) : result;
};

/** QONNX: a quantiser of real numbers, with a scale, a zero point and a number of bits. Constants are folded before. */
export const quant: Converter = (context) => {
  const value = context.running(0);
  const grid = fakeQuantised(context.node, context.needed(1, 'a scale'), context.needed(2, 'a zero point'), context.needed(3, 'a number of bits'));
  const { scale, zero } = scalar(grid);
  if (grid.bits === 8) return onGrid(context, value, grid);
  if (grid.bits > 8) return each(context, 'identity', value, {});
  context.findings.notes.add(`Values that the file has in ${grid.bits} bits are read as real numbers within their limits; the studio stores values in 8.`);
  return each(context, 'clip', value, { minimum: (grid.minimum - zero) * scale, maximum: (grid.maximum - zero) * scale });
};

/** A quantiser of the step 1 rounds to whole numbers itself, also behind limits that are whole: `left` of them, since damaged files go in circles. */
function isRoundedBy(context: NodeContext, value: string, reader: NodeProto, left = 4): boolean {
  if (left === 0 || reader.inputs[0] !== value) return false;
  const constants = reader.inputs.slice(1).map((name) => context.valueOf(name));
  if (reader.opType !== 'Clip') return /(^|\.)(Quant|QuantizeLinear)$/.test(reader.opType) && constants[0]?.values.length === 1 && constants[0].values[0] === 1;
  const [limited] = reader.outputs;
  const isWhole = constants.every((constant) => constant !== null && constant.values.every(Number.isInteger));
  const behind = isWhole ? context.readersOf(limited) : [];
  return behind.length > 0 && behind.every((next) => isRoundedBy(context, limited, next, left - 1));
}

/** Sums of whole numbers, made by a kernel of whole numbers: a runtime may not fold what follows into it, but they are whole already. */
function isWholeSum(context: NodeContext): boolean {
  const maker = context.makerOf(context.node.inputs[0]);
  if (!maker || !['Conv', 'MatMul', 'Gemm'].includes(maker.opType)) return false;
  const kernel = context.valueOf(maker.inputs[1]);
  return kernel?.stored !== undefined && kernel.values.every((value, i) => value === kernel.stored?.distances[i]);
}

/** Whole numbers, where they are whole without it or where what follows rounds to them. */
export const round: Converter = (context) => {
  const [output] = context.node.outputs;
  const readers = context.readersOf(output);
  const isRounded = readers.length > 0 && readers.every((reader) => isRoundedBy(context, output, reader));
  if (!isRounded && !isWholeSum(context)) throw new NotRunnable('whole numbers');
  return each(context, 'identity', context.running(0), {});
};

/** QONNX: −1 below 0, +1 from 0 on, times a scale. */
export const bipolarQuant: Converter = (context) => {
  const { values } = context.needed(1, 'a scale');
  if (values.length !== 1) throw new NotRunnable('a scale a channel of a value');
  const signs = each(context, 'clip', scaled(context, context.running(0), STEEP, 1, 'slope'), { minimum: -1, maximum: 1 }, values[0] === 1 ? '' : 'sign');
  const result = values[0] === 1 ? signs : scaled(context, signs, values[0], 0);
  context.findings.signs.set(result.id, Math.abs(values[0]));
  return result;
};

