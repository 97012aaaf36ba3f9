import { StudioError } from '../../base/errors.ts';
import { errorFunction, exponential, hyperbolicTangent, sigmoid } from '../../base/exponential.ts';
import { roundHalfEven } from '../../base/round.ts';
import { elementCount, type OpId, type PoolAttributes, type Shape } from '../../graph/graph.ts';
import type { OpStep, StepParameters } from '../program.ts';
import { pixelsOf } from '../geometry.ts';

/**
 * Operators that are not layers, in plain loops over views of the runtime's memory: what compiled.ts is compared with, bit for
 * bit. `run` allocates nothing.
 */
export type Numbers = Float32Array | Int8Array;

export interface OperatorInput<T extends Numbers> {
  readonly view: T;
  readonly shape: Shape;
}

export type OperatorRun = () => void;

function strides(shape: Shape): readonly number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = result[i + 1] * shape[i + 1];
  return result;
}

/** For every output element the input element it copies, or −1 for padding. Computed once. */
export function gatherTable(step: OpStep, input: Shape, output: Shape): Int32Array {
  const from = strides(input);
  const to = strides(output);
  const table = new Int32Array(elementCount(output));
  const list = (name: string): readonly number[] => step.attributes[name] as readonly number[];
  for (let i = 0; i < table.length; i++) {
    let source = 0;
    for (let axis = 0; axis < output.length; axis++) {
      const position = Math.floor(i / to[axis]) % output[axis];
      if (step.op === 'transpose') source += position * from[list('permutation')[axis]];
      else if (step.op === 'expand') source += input[axis] === 1 ? 0 : position * from[axis];
      else if (step.op === 'slice') source += (list('begin')[axis] + position * list('step')[axis]) * from[axis];
      else {
        const inside = position - list('before')[axis];
        if (inside < 0 || inside >= input[axis]) {
          source = -1;
          break;
        }
        source += inside * from[axis];
      }
    }
    table[i] = source;
  }
  return table;
}

function gather<T extends Numbers>(table: Int32Array, input: T, output: T, padding: number): OperatorRun {
  return () => {
    for (let i = 0; i < table.length; i++) output[i] = table[i] < 0 ? padding : input[table[i]];
  };
}

function copy<T extends Numbers>(input: T, output: T): OperatorRun {
  return () => {
    for (let i = 0; i < output.length; i++) output[i] = input[i];
  };
}

/** Calls `visit(base of output pixel, first and last row, first and last column)` for every window. */
function eachWindow(
  pool: PoolAttributes,
  input: { height: number; width: number; channels: number },
  output: { height: number; width: number },
  visit: (at: number, y0: number, y1: number, x0: number, x1: number) => void,
): void {
  for (let oy = 0; oy < output.height; oy++) {
    const top = oy * pool.strideY - pool.padTop;
    for (let ox = 0; ox < output.width; ox++) {
      const left = ox * pool.strideX - pool.padLeft;
      visit(
        (oy * output.width + ox) * input.channels,
        Math.max(top, 0),
        Math.min(top + pool.sizeY, input.height),
        Math.max(left, 0),
        Math.min(left + pool.sizeX, input.width),
      );
    }
  }
}

function maxPool<T extends Numbers>(pool: PoolAttributes, input: OperatorInput<T>, output: OperatorInput<T>): OperatorRun {
  const from = pixelsOf(input.shape);
  const to = pixelsOf(output.shape);
  const { channels, width } = from;
  const visit = (at: number, y0: number, y1: number, x0: number, x1: number): void => {
    for (let c = 0; c < channels; c++) {
      let best = input.view[(y0 * width + x0) * channels + c];
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const value = input.view[(y * width + x) * channels + c];
          if (value > best) best = value;
        }
      }
      output.view[at + c] = best;
    }
  };
  return () => eachWindow(pool, from, to, visit);
}

/** Mean of each window. Integers: sum, one rounding half to even, same grid; the grid's zero point needs no care. */
function averagePool<T extends Numbers>(pool: PoolAttributes, input: OperatorInput<T>, output: OperatorInput<T>): OperatorRun {
  const from = pixelsOf(input.shape);
  const to = pixelsOf(output.shape);
  const { channels, width } = from;
  const integer = input.view instanceof Int8Array;
  const visit = (at: number, y0: number, y1: number, x0: number, x1: number): void => {
    const count = (y1 - y0) * (x1 - x0);
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) sum += input.view[(y * width + x) * channels + c];
      }
      output.view[at + c] = integer ? roundHalfEven(sum / count) : sum / count;
    }
  };
  return () => eachWindow(pool, from, to, visit);
}

/** One window over the whole image. */
export function globalPool(shape: Shape): PoolAttributes {
  const { height, width } = pixelsOf(shape);
  return { sizeY: height, sizeX: width, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
}

function elementwise(input: Float32Array, output: Float32Array, f: (value: number) => number): OperatorRun {
  return () => {
    for (let i = 0; i < output.length; i++) output[i] = f(input[i]);
  };
}

/** A limit replaces only what lies beyond it. */
function clip(input: Float32Array, output: Float32Array, low: number, high: number): OperatorRun {
  return elementwise(input, output, (x) => (x < low ? low : x > high ? high : x));
}

function softmax(input: Float32Array, output: Float32Array, channels: number): OperatorRun {
  return () => {
    for (let at = 0; at < output.length; at += channels) {
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < channels; c++) top = Math.max(top, input[at + c]);
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += exponential(input[at + c] - top);
      for (let c = 0; c < channels; c++) output[at + c] = exponential(input[at + c] - top) / sum;
    }
  };
}

function concat(step: OpStep, inputs: readonly OperatorInput<Float32Array>[], output: OperatorInput<Float32Array>): OperatorRun {
  const axis = step.attributes['axis'] as number;
  const inner = (shape: Shape): number => elementCount(shape.slice(axis));
  const outer = elementCount(output.shape.slice(0, axis));
  const row = inner(output.shape);
  return () => {
    let at = 0;
    for (const input of inputs) {
      const length = inner(input.shape);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < length; i++) output.view[o * row + at + i] = input.view[o * length + i];
      }
      at += length;
    }
  };
}

/** The shorter operand repeats along the longer. Sums round to float32 when stored; limits are float32 themselves. */
function add(a: Float32Array, b: Float32Array, output: Float32Array, limits: ArrayLike<number>): OperatorRun {
  const low = limits[0];
  const high = limits[1];
  if (a.length === b.length) {
    return () => {
      for (let i = 0; i < output.length; i++) {
        const sum = a[i] + b[i];
        output[i] = sum < low ? low : sum > high ? high : sum;
      }
    };
  }
  return () => {
    for (let i = 0, j = 0; i < output.length; i++) {
      const sum = a[i] + b[j];
      output[i] = sum < low ? low : sum > high ? high : sum;
      if (++j === b.length) j = 0;
    }
  };
}

function multiply(a: Float32Array, b: Float32Array, output: Float32Array): OperatorRun {
  return () => {
    for (let i = 0; i < output.length; i++) output[i] = a[i] * b[i];
  };
}

/** Sums in float64, rounded once. */
function matrixProduct(a: OperatorInput<Float32Array>, b: OperatorInput<Float32Array>, output: Float32Array): OperatorRun {
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  const sums = new Float64Array(columns);
  return () => {
    for (let row = 0, at = 0; at < output.length; row++, at += columns) {
      const matrix = Math.floor(row / rows) * inner * columns;
      sums.fill(0);
      for (let k = 0; k < inner; k++) {
        const factor = a.view[row * inner + k];
        const from = matrix + k * columns;
        for (let column = 0; column < columns; column++) sums[column] += factor * b.view[from + column];
      }
      for (let column = 0; column < columns; column++) output[at + column] = sums[column];
    }
  };
}

/** Roots and reciprocals are exact in float64; Math.pow differs from engine to engine in the last digits of float64. */
function powerOf(exponent: number): (value: number) => number {
  if (exponent === 2) return (x) => x * x;
  if (exponent === 0.5) return Math.sqrt;
  if (exponent === -0.5) return (x) => 1 / Math.sqrt(x);
  if (exponent === -1) return (x) => 1 / x;
  return (x) => x ** exponent;
}

function batchNorm(input: Float32Array, output: Float32Array, multiplier: Float32Array, offset: Float32Array): OperatorRun {
  const channels = multiplier.length;
  return () => {
    for (let i = 0, c = 0; i < output.length; i++) {
      output[i] = Math.fround(Math.fround(input[i] * multiplier[c]) + offset[c]);
      if (++c === channels) c = 0;
    }
  };
}

/** Every step is rounded to float32. */
function rprelu(input: Float32Array, output: Float32Array, before: Float32Array, slope: Float32Array, after: Float32Array): OperatorRun {
  const channels = slope.length;
  return () => {
    for (let i = 0, c = 0; i < output.length; i++) {
      const x = Math.fround(input[i] + before[c]);
      output[i] = (x > 0 ? x : Math.fround(x * slope[c])) + after[c];
      if (++c === channels) c = 0;
    }
  };
}

/** Operators whose results are numbers of their input or means of them, so that any grid passes through. */
export function keepingOperator<T extends Numbers>(step: OpStep, input: OperatorInput<T>, output: OperatorInput<T>, padding: number): OperatorRun {
  const pool = step.attributes as unknown as PoolAttributes;
  switch (step.op) {
    case 'max-pool':
      return maxPool(pool, input, output);
    case 'average-pool':
      return averagePool(pool, input, output);
    case 'global-average-pool':
      return averagePool(globalPool(input.shape), input, output);
    case 'reshape':
    case 'identity':
      return copy(input.view, output.view);
    case 'transpose':
    case 'slice':
    case 'expand':
    case 'pad':
      return gather(gatherTable(step, input.shape, output.shape), input.view, output.view, padding);
    default:
      throw new StudioError(`The runtime has no ${step.op} operator.`, { where: step.node });
  }
}

/** Operators without a compiled kernel: they run as the loops of this file in every build. */
export const PLAIN_OPERATORS: ReadonlySet<OpId> = new Set<OpId>(['multiply', 'matrix-product', 'exponential', 'erf', 'power']);

export function floatOperator(
  step: OpStep,
  parameters: StepParameters,
  inputs: readonly OperatorInput<Float32Array>[],
  output: OperatorInput<Float32Array>,
): OperatorRun {
  const [input] = inputs;
  const { attributes } = step;
  const number = (name: string): number => attributes[name] as number;
  switch (step.op) {
    case 'add':
      return input.view.length >= inputs[1].view.length
        ? add(input.view, inputs[1].view, output.view, parameters['limits'])
        : add(inputs[1].view, input.view, output.view, parameters['limits']);
    case 'multiply':
      return multiply(input.view, inputs[1].view, output.view);
    case 'matrix-product':
      return matrixProduct(input, inputs[1], output.view);
    case 'exponential':
      return elementwise(input.view, output.view, exponential);
    case 'erf':
      return elementwise(input.view, output.view, errorFunction);
    case 'power':
      return elementwise(input.view, output.view, powerOf(number('exponent')));
    case 'batch-norm':
      return batchNorm(input.view, output.view, parameters['multiplier'] as Float32Array, parameters['offset'] as Float32Array);
    case 'relu':
      return elementwise(input.view, output.view, (x) => (x > 0 ? x : 0));
    case 'clip':
      return clip(input.view, output.view, number('minimum'), number('maximum'));
    case 'leaky-relu':
      return elementwise(input.view, output.view, (x) => (x >= 0 ? x : x * number('alpha')));
    case 'rprelu': {
      const [before, slope, after] = ['before', 'slope', 'after'].map((slot) => parameters[slot] as Float32Array);
      return rprelu(input.view, output.view, before, slope, after);
    }
    case 'sigmoid':
      return elementwise(input.view, output.view, sigmoid);
    case 'tanh':
      return elementwise(input.view, output.view, hyperbolicTangent);
    case 'softmax':
      return softmax(input.view, output.view, output.shape[output.shape.length - 1]);
    case 'concat':
      return concat(step, inputs, output);
    default:
      return keepingOperator(step, input, output, 0);
  }
}
