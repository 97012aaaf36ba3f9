import { StudioError } from '../../base/errors.ts';
import { elementCount, type PoolAttributes, type Shape } from '../../graph/graph.ts';
import { signBytes } from '../../kernels/kernel.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import { globalPool } from '../../runtime/operators/float32.ts';
import { int8Addition } from '../../runtime/operators/int8.ts';
import type { OpStep, ProgramBuffer, StepParameters } from '../../runtime/program.ts';
import type { StepPlace } from './layer-steps.ts';
import { doubleLiteral, floatLiteral } from './literals.ts';
import type { Unit } from './unit.ts';

/** The tensors of an operator. */
interface Operands {
  readonly inputs: readonly ProgramBuffer[];
  readonly output: ProgramBuffer;
}

function poolStep(unit: Unit, step: OpStep, { name, inputs: [input], output, outputFormat }: StepPlace, { inputs, output: to }: Operands): void {
  const p = step.op === 'global-average-pool' ? globalPool(inputs[0].shape) : (step.attributes as unknown as PoolAttributes);
  const { height, width, channels } = pixelsOf(inputs[0].shape);
  const size = pixelsOf(to.shape);
  const kind = step.op === 'max-pool' ? 'max' : 'average';
  const suffix = { float32: 'float', int8: 'int8', sign: 'signs' }[outputFormat];
  const type = { float32: 'float', int8: 'int8_t', sign: 'uint8_t' }[outputFormat];
  const piece = unit.need(`${kind}_pool_${suffix}`);
  const pool = unit.structure('pool', `${name}_pool`, {
    height, width, channels: outputFormat === 'sign' ? signBytes(channels) : channels, out_height: size.height, out_width: size.width,
    size_y: p.sizeY, size_x: p.sizeX, stride_y: p.strideY, stride_x: p.strideX, pad_top: p.padTop, pad_left: p.padLeft,
  });
  unit.call(piece, [pool, `(const ${type} *)${input}`, `(${type} *)${output}`]);
}

function strides(shape: Shape): readonly number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

function stridedStep(unit: Unit, step: OpStep, parameters: StepParameters, { name, inputs: [input], output, outputFormat }: StepPlace, { inputs, output: to }: Operands): void {
  const from = inputs[0].shape;
  const axes = to.shape.map((_, axis) => axis);
  const list = (attribute: string): readonly number[] => step.attributes[attribute] as readonly number[];
  const source = step.op === 'transpose' ? list('permutation') : axes;
  const begin = step.op === 'slice' ? list('begin') : step.op === 'pad' ? list('before').map((before) => -before) : axes.map(() => 0);
  const isInt8 = outputFormat === 'int8';
  const type = isInt8 ? 'int8_t' : 'float';
  const piece = unit.need(isInt8 ? 'copy_strided_int8' : 'copy_strided_float');
  const strided = unit.structure('strided', `${name}_copy`, {
    axes: axes.length,
    total: elementCount(to.shape),
    count: to.shape,
    begin,
    step: step.op === 'slice' ? list('step') : axes.map(() => 1),
    in_count: source.map((axis) => from[axis]),
    in_stride: source.map((axis) => strides(from)[axis]),
  });
  unit.call(piece, [strided, `(const ${type} *)${input}`, `(${type} *)${output}`, isInt8 ? parameters['grid'][1] : '0.0f']);
}

function addStep(unit: Unit, parameters: StepParameters, { name, inputs, output, outputFormat }: StepPlace, operands: Operands): void {
  const count = elementCount(operands.output.shape);
  if (outputFormat === 'int8') {
    const { ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high } = int8Addition(parameters);
    unit.need('add_int8');
    const sum = unit.structure('int8_sum', `${name}_sum`, {
      ratio_a: floatLiteral(ratioA), ratio_b: floatLiteral(ratioB), zero_a: zeroA, zero_b: zeroB, zero: zeroPoint, least: low, most: high,
    });
    return unit.call('add_int8', [sum, `(const int8_t *)${inputs[0]}`, `(const int8_t *)${inputs[1]}`, `(int8_t *)${output}`, count]);
  }
  const counts = operands.inputs.map((input) => elementCount(input.shape));
  const [longer, shorter] = counts[0] >= counts[1] ? [0, 1] : [1, 0];
  const [low, high] = Array.from(parameters['limits'], floatLiteral);
  unit.call(unit.need('add_float'), [`(const float *)${inputs[longer]}`, `(const float *)${inputs[shorter]}`, counts[shorter], `(float *)${output}`, count, low, high]);
}

function concatStep(unit: Unit, step: OpStep, { inputs, output }: StepPlace, operands: Operands): void {
  const axis = step.attributes['axis'] as number;
  const rows = elementCount(operands.output.shape.slice(0, axis));
  const lengthOf = (buffer: ProgramBuffer): number => elementCount(buffer.shape.slice(axis));
  let at = 0;
  unit.need('copy_rows');
  operands.inputs.forEach((buffer, i) => {
    unit.call('copy_rows', [`(const float *)${inputs[i]}`, `(float *)${output} + ${at}`, rows, lengthOf(buffer), lengthOf(operands.output)]);
    at += lengthOf(buffer);
  });
}

/** An operator: its constants and its call. */
export function operatorStep(unit: Unit, step: OpStep, parameters: StepParameters, place: StepPlace, operands: Operands): void {
  const { name, output: target } = place;
  const { shape } = operands.output;
  const count = elementCount(shape);
  const channels = shape[shape.length - 1];
  const [input, output] = [`(const float *)${place.inputs[0]}`, `(float *)${target}`];
  const constants = (slots: readonly string[]): readonly string[] => slots.map((slot) => unit.floats(`${name}_${slot}`, parameters[slot]));
  const number = (attribute: string): number => step.attributes[attribute] as number;
  switch (step.op) {
    case 'add':
      return addStep(unit, parameters, place, operands);
    case 'max-pool':
    case 'average-pool':
    case 'global-average-pool':
      return poolStep(unit, step, place, operands);
    case 'reshape':
    case 'identity':
      return unit.call('memcpy', [target, place.inputs[0], count * (place.outputFormat === 'int8' ? 1 : 4)]);
    case 'transpose':
    case 'slice':
    case 'pad':
      return stridedStep(unit, step, parameters, place, operands);
    case 'concat':
      return concatStep(unit, step, place, operands);
    case 'batch-norm':
      return unit.call(unit.need('batch_norm'), [input, ...constants(['multiplier', 'offset']), channels, output, count]);
    case 'rprelu':
      return unit.call(unit.need('rprelu'), [input, ...constants(['before', 'slope', 'after']), channels, output, count]);
    case 'relu':
      return unit.call(unit.need('relu'), [input, output, count]);
    case 'clip':
      return unit.call(unit.need('clip'), [input, output, count, floatLiteral(number('minimum')), floatLiteral(number('maximum'))]);
    case 'leaky-relu':
      return unit.call(unit.need('leaky_relu'), [input, output, count, doubleLiteral(number('alpha'))]);
    case 'sigmoid':
      return unit.call(unit.need('sigmoid'), [input, output, count]);
    case 'tanh':
      return unit.call(unit.need('hyperbolic_tangent'), [input, output, count]);
    case 'softmax':
      return unit.call(unit.need('softmax'), [input, output, count / channels, channels]);
    default:
      throw new StudioError(`The C target has no ${step.op} operator.`, { where: step.node });
  }
}
