import { StudioError } from '../../base/errors.ts';
import { elementCount, type PoolAttributes, type Shape } from '../../graph/graph.ts';
import { int8Addition } from '../../runtime/operators/int8.ts';
import type { OpStep } from '../../runtime/program.ts';
import { batched, bordered, convolved, dequantised, limited, padded, quantised, reshaped, sliced, type Operands } from './emission.ts';
import { FLOAT, integers, text, type GraphWriter } from './graph-writer.ts';

function refuse(step: OpStep, reason: string): StudioError {
  return new StudioError(`${step.node} cannot be written for TensorFlow.js: ${reason}.`, { where: step.node, next: 'Choose the packed target, or change the network before this operator.' });
}

const list = (step: OpStep, name: string): readonly number[] => step.attributes[name] as readonly number[];
const real = (step: OpStep, name: string): number => step.attributes[name] as number;

/** Below every number that can be the largest of a window. */
const LOWEST = -3.4028234663852886e38;

/** What stands behind the last window is not read; what it lacks is padded. */
function borderOf(pool: PoolAttributes, from: Shape, to: Shape): readonly number[] {
  const behind = (axis: 1 | 2, stride: number, size: number, before: number): number => Math.max(0, (to[axis] - 1) * stride + size - from[axis] - before);
  return [pool.padTop, behind(1, pool.strideY, pool.sizeY, pool.padTop), pool.padLeft, behind(2, pool.strideX, pool.sizeX, pool.padLeft)];
}

function maxPool(writer: GraphWriter, step: OpStep, value: string, from: Shape, to: Shape): string {
  if (from.length !== 4) throw refuse(step, 'it pools a value that is no image');
  const pool = step.attributes as unknown as PoolAttributes;
  return writer.node('MaxPool', [bordered(writer, value, borderOf(pool, from, to), LOWEST)], {
    T: FLOAT,
    ksize: integers([1, pool.sizeY, pool.sizeX, 1]),
    strides: integers([1, pool.strideY, pool.strideX, 1]),
    padding: text('VALID'),
    data_format: text('NHWC'),
  });
}

/** Pixels of the image, not of its border, that each window covers. */
function windowCounts(pool: PoolAttributes, from: Shape, to: Shape): readonly number[] {
  const covered = (index: number, stride: number, size: number, before: number, length: number): number => {
    const first = index * stride - before;
    return Math.min(first + size, length) - Math.max(first, 0);
  };
  return Array.from({ length: to[1] * to[2] }, (_, i) => covered(Math.floor(i / to[2]), pool.strideY, pool.sizeY, pool.padTop, from[1]) * covered(i % to[2], pool.strideX, pool.sizeX, pool.padLeft, from[2]));
}

/**
 * Sums, and one division: runtimes multiply their means by a rounded reciprocal, which tips means that lie half way between two codes.
 * Windows are summed by a convolution with ones, because pools have no border that is not counted on one side alone.
 */
function averagePool(writer: GraphWriter, step: OpStep, value: string, from: Shape, to: Shape): string {
  if (from.length !== 4) throw refuse(step, 'it pools a value that is no image');
  const pool = step.attributes as unknown as PoolAttributes;
  const shape = [pool.sizeY, pool.sizeX, from[3], 1];
  const ones = writer.wholeNumbers('ones', shape, new Uint8Array(elementCount(shape)).fill(1), 0);
  const window = { strides: [pool.strideY, pool.strideX], dilations: [1, 1], padding: borderOf(pool, from, to) } as const;
  const sums = convolved(writer, 'DepthwiseConv2dNative', value, ones, window);
  const counts = windowCounts(pool, from, to);
  const divisor = counts.every((count) => count === counts[0]) ? writer.scalar(counts[0]) : writer.float32('counts', [to[1], to[2], 1], counts);
  return writer.node('RealDiv', [sums, divisor]);
}

function mean(writer: GraphWriter, step: OpStep, value: string, from: Shape, to: Shape): string | null {
  if (step.op === 'average-pool') return averagePool(writer, step, value, from, to);
  if (step.op !== 'global-average-pool') return null;
  const sums = writer.node('Sum', [value, writer.int32('axes', [1, 2])], { T: FLOAT, Tidx: { type: 'DT_INT32' }, keep_dims: { b: false } });
  return writer.node('RealDiv', [sums, writer.scalar(from[1] * from[2])]);
}

/** Operators whose results are numbers of their input; `zero` is what padding puts in. */
function moved(writer: GraphWriter, step: OpStep, value: string, from: Shape, to: Shape, zero: number): string | null {
  switch (step.op) {
    case 'max-pool':
      return maxPool(writer, step, value, from, to);
    case 'reshape':
      if (to[0] !== 1) throw refuse(step, 'it has no place for the samples');
      return reshaped(writer, value, batched(to));
    case 'identity':
      return writer.node('Identity', [value]);
    case 'transpose': {
      const permutation = list(step, 'permutation');
      if (permutation[0] !== 0) throw refuse(step, 'it moves the batch dimension');
      return writer.node('Transpose', [value, writer.int32('perm', permutation)], { T: FLOAT, Tperm: { type: 'DT_INT32' } });
    }
    case 'slice': {
      const [begin, stride] = [list(step, 'begin'), list(step, 'step')];
      return sliced(writer, value, begin, begin.map((first, axis) => first + to[axis] * stride[axis]), stride);
    }
    case 'pad': {
      const [before, after] = [list(step, 'before'), list(step, 'after')];
      if (before[0] !== 0 || after[0] !== 0) throw refuse(step, 'it pads the batch dimension');
      return padded(writer, value, before, after, zero);
    }
    default:
      return null;
  }
}

/** An operator that keeps the grid of its input. */
function keepingInt8(writer: GraphWriter, step: OpStep, { inputs, output, parameters }: Operands): string {
  const [{ name, buffer }] = inputs;
  const averaged = mean(writer, step, name, buffer.shape, output.buffer.shape);
  if (averaged !== null) return writer.node('Round', [averaged]);
  const result = moved(writer, step, name, buffer.shape, output.buffer.shape, parameters['grid'][1]);
  if (result === null) throw refuse(step, `there is no ${step.op} of 8-bit numbers`);
  return result;
}

function addInt8(writer: GraphWriter, { inputs, parameters }: Operands): string {
  const { ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high } = int8Addition(parameters);
  const sum = writer.node('AddV2', [dequantised(writer, inputs[0].name, ratioA, zeroA), dequantised(writer, inputs[1].name, ratioB, zeroB)]);
  return quantised(writer, sum, zeroPoint, low, high);
}

function addFloat(writer: GraphWriter, { inputs, parameters }: Operands): string {
  return limited(writer, writer.node('AddV2', inputs.map(({ name }) => name)), parameters['limits'][0], parameters['limits'][1]);
}

function floatOperator(writer: GraphWriter, step: OpStep, operands: Operands): string {
  const { parameters, output } = operands;
  const [{ name, buffer }] = operands.inputs;
  const perChannel = (slot: string): string => writer.float32(slot, [parameters[slot].length], parameters[slot]);
  switch (step.op) {
    case 'add':
      return addFloat(writer, operands);
    case 'batch-norm':
      return writer.node('AddV2', [writer.node('Mul', [name, perChannel('multiplier')]), perChannel('offset')]);
    case 'relu':
      return writer.node('Relu', [name]);
    case 'clip':
      return limited(writer, name, real(step, 'minimum'), real(step, 'maximum'));
    case 'leaky-relu':
      return writer.node('LeakyRelu', [name], { T: FLOAT, alpha: { f: real(step, 'alpha') } });
    case 'rprelu': {
      const bent = writer.node('Prelu', [writer.node('AddV2', [name, perChannel('before')]), perChannel('slope')]);
      return writer.node('AddV2', [bent, perChannel('after')]);
    }
    case 'sigmoid':
      return writer.node('Sigmoid', [name]);
    case 'tanh':
      return writer.node('Tanh', [name]);
    case 'softmax':
      return writer.node('Softmax', [name]);
    case 'concat': {
      if (real(step, 'axis') === 0) throw refuse(step, 'it joins along the batch dimension');
      const inputs = operands.inputs.map((input) => input.name);
      return writer.node('ConcatV2', [...inputs, writer.int32('axis', [real(step, 'axis')], [])], { T: FLOAT, N: { i: String(inputs.length) }, Tidx: { type: 'DT_INT32' } });
    }
    default: {
      const shapes = [buffer.shape, output.buffer.shape] as const;
      const result = mean(writer, step, name, ...shapes) ?? moved(writer, step, name, ...shapes, 0);
      if (result === null) throw refuse(step, `there is no ${step.op}`);
      return result;
    }
  }
}

/** Nodes of an operator that is not a layer; gives the name of the stored value. */
export function emitOperator(writer: GraphWriter, step: OpStep, operands: Operands): string {
  const { format } = operands.output.buffer;
  if (format === 'float32') return floatOperator(writer, step, operands);
  if (format === 'int8') return step.op === 'add' ? addInt8(writer, operands) : keepingInt8(writer, step, operands);
  const [input] = operands.inputs;
  const pooled = moved(writer, step, input.name, input.buffer.shape, operands.output.buffer.shape, 0);
  if (pooled === null) throw refuse(step, `${step.op} does not make signs`);
  return pooled;
}
