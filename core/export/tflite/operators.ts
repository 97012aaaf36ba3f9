import { StudioError } from '../../base/errors.ts';
import type { PoolAttributes } from '../../graph/graph.ts';
import { int8Addition } from '../../runtime/operators/int8.ts';
import type { OpStep } from '../../runtime/program.ts';
import { activation, bordered, fusedCodes, fusedOf, isImage, limitedCodes, limitedReal, reshaped, type Emission, type Operand, type Operands } from './emission.ts';
import { borderOf, type Border } from './geometry.ts';
import { packedSigns, unpackedSigns } from './lce.ts';
import type { ModelBuilder, ValueSpec } from './model-builder.ts';

function refuse(step: OpStep, reason: string): StudioError {
  return new StudioError(`${step.node} cannot be written for TensorFlow Lite: ${reason}.`, { where: step.node, next: 'Choose the packed target, or change the network before this operator.' });
}

const list = (step: OpStep, name: string): readonly number[] => step.attributes[name] as readonly number[];
const real = (step: OpStep, name: string): number => step.attributes[name] as number;

interface Pool {
  readonly attributes: PoolAttributes;
  readonly border: Border;
  readonly options: Readonly<Record<string, number>>;
}

function poolOf(step: OpStep, from: readonly number[], to: readonly number[]): Pool {
  if (!isImage(from)) throw refuse(step, 'it pools a value that is no image');
  const attributes = step.attributes as unknown as PoolAttributes;
  const border = borderOf(attributes, [attributes.sizeY, attributes.sizeX], [from[1], from[2]], [to[1], to[2]]);
  const options = { padding: border.padding, stride_h: attributes.strideY, stride_w: attributes.strideX, filter_height: attributes.sizeY, filter_width: attributes.sizeX };
  return { attributes, border, options };
}

/** Windows look at their border too, so it holds what is never the largest. */
function maxPool(builder: ModelBuilder, step: OpStep, value: number, result: ValueSpec): number {
  const { border, options } = poolOf(step, builder.shapeOf(value), result.shape);
  const least = builder.typeOf(value) === 'INT8' ? -128 : -3.4028234663852886e38;
  return builder.op('MAX_POOL_2D', [bordered(builder, value, border, least)], result, options);
}

/** Share of a window that lies in the value, for every place of an image with an explicit border. */
function windowShares({ attributes: { sizeY, sizeX, strideY, strideX, padTop, padLeft } }: Pool, from: readonly number[], to: readonly number[]): Float32Array {
  const inside = (place: number, stride: number, pad: number, size: number, length: number): number => Math.min(place * stride - pad + size, length) - Math.max(place * stride - pad, 0);
  return Float32Array.from({ length: to[1] * to[2] }, (_, i) => {
    const rows = inside(Math.floor(i / to[2]), strideY, padTop, sizeY, from[1]);
    return (sizeY * sizeX) / (rows * inside(i % to[2], strideX, padLeft, sizeX, from[2]));
  });
}

/** The mean of what lies in the value: an explicit border is zeros, and counts until the result is multiplied. */
function averagePool(builder: ModelBuilder, step: OpStep, value: number, result: ValueSpec): number {
  const from = builder.shapeOf(value);
  const pool = poolOf(step, from, result.shape);
  const averaged = (own: number, spec: ValueSpec): number => builder.op('AVERAGE_POOL_2D', [bordered(builder, own, pool.border)], spec, pool.options);
  if (pool.border.explicit === null) return averaged(value, result);
  const isReal = builder.typeOf(value) === 'FLOAT32';
  const own = isReal ? value : builder.op('DEQUANTIZE', [value], { shape: from, type: 'FLOAT32' });
  const spec: ValueSpec = { shape: result.shape, type: 'FLOAT32' };
  const shares = builder.constant('shares', { shape: [1, result.shape[1], result.shape[2], 1], type: 'FLOAT32' }, windowShares(pool, from, result.shape));
  const mean = builder.op('MUL', [averaged(own, spec), shares], spec);
  return isReal ? mean : builder.op('QUANTIZE', [mean], result);
}

/** Operators whose results are numbers of their input, or means of them. */
function keeping(builder: ModelBuilder, step: OpStep, value: number, result: ValueSpec): number {
  const rank = result.shape.length;
  switch (step.op) {
    case 'max-pool':
      return maxPool(builder, step, value, result);
    case 'average-pool':
      return averagePool(builder, step, value, result);
    case 'global-average-pool':
      return builder.op('MEAN', [value, builder.integers([1, 2])], result, { keep_dims: false });
    case 'identity':
    case 'reshape':
      return reshaped(builder, value, result.shape);
    case 'transpose':
      return builder.op('TRANSPOSE', [value, builder.integers(list(step, 'permutation'))], result);
    case 'pad': {
      const [before, after] = [list(step, 'before'), list(step, 'after')];
      return builder.op('PAD', [value, builder.integers(before.flatMap((size, axis) => [size, after[axis]]), [rank, 2])], result);
    }
    case 'slice': {
      const [begin, stride] = [list(step, 'begin'), list(step, 'step')];
      const end = begin.map((first, axis) => first + result.shape[axis] * stride[axis]);
      // Before the first number there is no index: the end is left open.
      const mask = end.reduce((bits, last, axis) => (last < 0 ? bits | (1 << axis) : bits), 0);
      return builder.op('STRIDED_SLICE', [value, builder.integers(begin), builder.integers(end.map((last) => Math.max(0, last))), builder.integers(stride)], result, { end_mask: mask });
    }
    default:
      throw refuse(step, `there is no ${step.op}`);
  }
}

/** Rounded in the runtime's own way, from the scales that stand at its tensors. */
function addInt8(builder: ModelBuilder, { inputs, output, parameters }: Operands, result: ValueSpec): number {
  const { low, high } = int8Addition(parameters);
  const fused = fusedCodes([low, high], output.grid!);
  const sum = builder.op('ADD', inputs.map(({ tensor }) => tensor), result, { fused_activation_function: activation(fused ?? 'NONE') });
  return fused === null ? limitedCodes(builder, sum, [low, high], result) : sum;
}

function addReal(builder: ModelBuilder, { inputs, parameters }: Operands, result: ValueSpec): number {
  const [low, high] = parameters['limits'];
  const fused = fusedOf(low, high);
  const sum = builder.op('ADD', inputs.map(({ tensor }) => tensor), result, { fused_activation_function: activation(fused ?? 'NONE') });
  return fused === null ? limitedReal(builder, sum, low, high) : sum;
}

function realOperator(builder: ModelBuilder, step: OpStep, operands: Operands, result: ValueSpec): number {
  const { parameters } = operands;
  const [{ tensor, buffer }] = operands.inputs;
  const channels = buffer.shape[buffer.shape.length - 1];
  const perChannel = (slot: string, shape: readonly number[] = [channels]): number => builder.constant(slot, { shape, type: 'FLOAT32' }, parameters[slot]);
  switch (step.op) {
    case 'add':
      return addReal(builder, operands, result);
    case 'batch-norm':
      return builder.op('ADD', [builder.op('MUL', [tensor, perChannel('multiplier')], result), perChannel('offset')], result);
    case 'relu':
      return limitedReal(builder, tensor, 0, Number.POSITIVE_INFINITY);
    case 'clip':
      return limitedReal(builder, tensor, real(step, 'minimum'), real(step, 'maximum'));
    case 'leaky-relu':
      return builder.op('LEAKY_RELU', [tensor], result, { alpha: real(step, 'alpha') });
    case 'rprelu': {
      const slope = perChannel('slope', [...buffer.shape.slice(2).map(() => 1), channels]);
      const bent = builder.op('PRELU', [builder.op('ADD', [tensor, perChannel('before')], result), slope], result);
      return builder.op('ADD', [bent, perChannel('after')], result);
    }
    case 'sigmoid':
      return builder.op('LOGISTIC', [tensor], result);
    case 'tanh':
      return builder.op('TANH', [tensor], result);
    case 'softmax':
      return builder.op('SOFTMAX', [tensor], result, { beta: 1 });
    case 'concat':
      return builder.op('CONCATENATION', operands.inputs.map((input) => input.tensor), result, { axis: real(step, 'axis') });
    default:
      return keeping(builder, step, tensor, result);
  }
}

/** A pool of signs: bits where the file has bits. */
function pooledSigns({ builder, form }: Emission, step: OpStep, input: Operand, result: ValueSpec, output: Operand): number {
  if (step.op !== 'max-pool') throw refuse(step, `${step.op} does not make signs`);
  if (form === 'builtin') return maxPool(builder, step, input.tensor, result);
  const numbers = unpackedSigns(builder, input);
  return packedSigns(builder, maxPool(builder, step, numbers, { shape: output.buffer.shape, type: 'INT8', quantization: builder.gridOf(numbers) }));
}

/** Operators of a step that is no layer; gives the tensor of the stored value. */
export function emitOperator(emission: Emission, step: OpStep, operands: Operands, result: ValueSpec): number {
  const { builder } = emission;
  const { output, inputs } = operands;
  if (output.buffer.format === 'float32') return realOperator(builder, step, operands, result);
  if (output.buffer.format === 'sign') return pooledSigns(emission, step, inputs[0], result, output);
  return step.op === 'add' ? addInt8(builder, operands, result) : keeping(builder, step, inputs[0].tensor, result);
}

