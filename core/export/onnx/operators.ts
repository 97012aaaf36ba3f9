import { StudioError } from '../../base/errors.ts';
import type { PoolAttributes, Shape } from '../../graph/graph.ts';
import { int8Addition } from '../../runtime/operators/int8.ts';
import type { OpStep } from '../../runtime/program.ts';
import { dequantised, isImage, limited, limitedToCodes, quantised, type Emission, type Operands } from './emission.ts';
import { channelShape, inOnnxOrder, onnxAxis, onnxPermutation, reshaped, windowAttributes } from './layout.ts';
import { elementTypeNumber, type AttributeValue, type ElementType } from './messages.ts';
import { qonnxAdd, qonnxQuantised } from './qonnx.ts';

function refuse(step: OpStep, reason: string): StudioError {
  return new StudioError(`${step.node} cannot be written as ONNX: ${reason}.`, { where: step.node, next: 'Choose the packed target, or change the network before this operator.' });
}

const list = (step: OpStep, name: string): readonly number[] => step.attributes[name] as readonly number[];
const real = (step: OpStep, name: string): number => step.attributes[name] as number;

function poolAttributes(step: OpStep, from: Shape, to: Shape): Record<string, AttributeValue> {
  if (!isImage(from)) throw refuse(step, 'it pools a value that is no image');
  const pool = step.attributes as unknown as PoolAttributes;
  const size = [pool.sizeY, pool.sizeX] as const;
  return { ...windowAttributes(pool, size, [from[1], from[2]], [to[1], to[2]]), kernel_shape: [...size] };
}

/** Operators whose results are numbers of their input; `zero` is what padding puts in. */
function moved({ writer }: Emission, step: OpStep, value: string, from: Shape, to: Shape, zero: { readonly type: ElementType; readonly value: number }): string | null {
  switch (step.op) {
    case 'max-pool':
      return writer.main('MaxPool', [value], poolAttributes(step, from, to));
    case 'reshape':
      return reshaped(writer, value, from, to);
    case 'identity':
      return writer.main('Identity', [value]);
    case 'transpose': {
      const permutation = list(step, 'permutation');
      if (permutation[0] !== 0) throw refuse(step, 'it moves the batch dimension');
      return writer.main('Transpose', [value], { perm: onnxPermutation(permutation) });
    }
    case 'slice': {
      const [begin, stride] = [list(step, 'begin'), list(step, 'step')];
      const end = begin.map((first, axis) => first + to[axis] * stride[axis]).map((last) => (last < 0 ? -(2 ** 31) : last));
      const axes = begin.map((_, axis) => axis).slice(1);
      const numbers = (role: string, values: readonly number[]): string => writer.constant(role, 'int64', [axes.length], inOnnxOrder(values).slice(1));
      return writer.main('Slice', [value, numbers('starts', begin), numbers('ends', end), writer.constant('axes', 'int64', [axes.length], axes), numbers('steps', stride)]);
    }
    case 'pad': {
      const [before, after] = [list(step, 'before'), list(step, 'after')];
      if (before[0] !== 0 || after[0] !== 0) throw refuse(step, 'it pads the batch dimension');
      const pads = [...inOnnxOrder(before), ...inOnnxOrder(after)];
      return writer.main('Pad', [value, writer.constant('pads', 'int64', [pads.length], pads), writer.scalar(zero.type, zero.value)]);
    }
    default:
      return null;
  }
}

function mean({ writer }: Emission, step: OpStep, value: string, from: Shape, to: Shape): string | null {
  if (step.op === 'average-pool') return writer.main('AveragePool', [value], { ...poolAttributes(step, from, to), count_include_pad: 0 });
  if (step.op !== 'global-average-pool') return null;
  return writer.helper('Flatten', [writer.main('GlobalAveragePool', [value])], { axis: 1 });
}

/** An operator that keeps the grid of its input. */
function keepingInt8(emission: Emission, step: OpStep, operands: Operands): string {
  const { writer, form } = emission;
  const [input] = operands.inputs;
  const [from, to] = [input.buffer.shape, operands.output.buffer.shape];
  const [scale, zeroPoint] = operands.parameters['grid'];
  if (form === 'qdq') {
    const value = dequantised(writer, input.name, scale, zeroPoint);
    const result = mean(emission, step, value, from, to) ?? moved(emission, step, value, from, to, { type: 'float32', value: 0 });
    if (result === null) throw refuse(step, `there is no ${step.op} of 8-bit numbers`);
    return quantised(writer, result, scale, zeroPoint);
  }
  if (form === 'qonnx') {
    const averaged = mean(emission, step, input.name, from, to);
    if (averaged !== null) return qonnxQuantised(writer, averaged, [zeroPoint, -128, 127], 'mean');
    const result = moved(emission, step, input.name, from, to, { type: 'float32', value: 0 });
    if (result === null) throw refuse(step, `there is no ${step.op} of 8-bit numbers`);
    return result;
  }
  const whole = moved(emission, step, input.name, from, to, { type: 'int8', value: zeroPoint });
  if (whole !== null) return whole;
  const averaged = mean(emission, step, writer.helper('Cast', [input.name], { to: elementTypeNumber('float32') }), from, to);
  if (averaged === null) throw refuse(step, `there is no ${step.op} of 8-bit numbers`);
  return writer.helper('Cast', [writer.helper('Round', [averaged])], { to: elementTypeNumber('int8') });
}

function addInt8({ writer, form }: Emission, operands: Operands): string {
  if (form === 'qonnx') return qonnxAdd(writer, operands);
  const { inputs, parameters } = operands;
  const { ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high } = int8Addition(parameters);
  const [scale] = parameters['grid'];
  const unit = form === 'qdq' ? scale : 1;
  const scales = form === 'qdq' ? [parameters['grid0'][0], parameters['grid1'][0]] : [ratioA, ratioB];
  const sum = writer.main('Add', [dequantised(writer, inputs[0].name, scales[0], zeroA), dequantised(writer, inputs[1].name, scales[1], zeroB)]);
  // Rounded by a node of its own: a runtime would put its own, differently rounded addition in the place of the four.
  const whole = form === 'qdq' ? sum : writer.helper('Round', [sum]);
  return quantised(writer, limitedToCodes(writer, whole, [zeroPoint, low, high], unit), unit, zeroPoint);
}

function addFloat({ writer }: Emission, { inputs, parameters }: Operands): string {
  const [low, high] = parameters['limits'];
  return limited(writer, writer.helper('Add', inputs.map(({ name }) => name)), low, high);
}

function floatOperator(emission: Emission, step: OpStep, operands: Operands): string {
  const { writer } = emission;
  const { parameters, output } = operands;
  const [{ name, buffer }] = operands.inputs;
  const dims = channelShape(buffer.shape);
  const perChannel = (slot: string, shape = dims): string => writer.constant(slot, 'float32', shape, parameters[slot]);
  switch (step.op) {
    case 'add':
      return addFloat(emission, operands);
    case 'batch-norm':
      return writer.helper('Add', [writer.main('Mul', [name, perChannel('multiplier')]), perChannel('offset')]);
    case 'relu':
      return writer.main('Relu', [name]);
    case 'clip':
      return limited(writer, name, real(step, 'minimum'), real(step, 'maximum'));
    case 'leaky-relu':
      return writer.main('LeakyRelu', [name], { alpha: { float: real(step, 'alpha') } });
    case 'rprelu': {
      const bent = writer.main('PRelu', [writer.helper('Add', [name, perChannel('before')]), perChannel('slope', isImage(buffer.shape) ? dims.slice(1) : dims)]);
      return writer.helper('Add', [bent, perChannel('after')]);
    }
    case 'sigmoid':
      return writer.main('Sigmoid', [name]);
    case 'tanh':
      return writer.main('Tanh', [name]);
    case 'softmax':
      return writer.main('Softmax', [name], { axis: onnxAxis(buffer.shape, buffer.shape.length - 1) });
    case 'concat':
      if (real(step, 'axis') === 0) throw refuse(step, 'it joins along the batch dimension');
      return writer.main('Concat', operands.inputs.map((input) => input.name), { axis: onnxAxis(buffer.shape, real(step, 'axis')) });
    default: {
      const zero = { type: 'float32', value: 0 } as const;
      const shapes = [buffer.shape, output.buffer.shape] as const;
      const result = mean(emission, step, name, ...shapes) ?? moved(emission, step, name, ...shapes, zero);
      if (result === null) throw refuse(step, `there is no ${step.op}`);
      return result;
    }
  }
}

/** Nodes of an operator that is not a layer; gives the name of the stored value. */
export function emitOperator(emission: Emission, step: OpStep, operands: Operands): string {
  const { format } = operands.output.buffer;
  if (format === 'float32') return floatOperator(emission, step, operands);
  if (format === 'int8') return step.op === 'add' ? addInt8(emission, operands) : keepingInt8(emission, step, operands);
  const [input] = operands.inputs;
  const pooled = moved(emission, step, input.name, input.buffer.shape, operands.output.buffer.shape, { type: 'float32', value: 0 });
  if (pooled === null) throw refuse(step, `${step.op} does not make signs`);
  return pooled;
}
