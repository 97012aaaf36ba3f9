import { elementCount, type ConvolutionAttributes, type SpatialWindow, type ValueId } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import { PADDINGS } from '../../../tflite/schema.ts';
import { NotRunnable } from '../../importer.ts';
import { samePadding } from '../../same-padding.ts';
import { storedChoice } from '../../stored-choice.ts';
import { checkActivation, realWeight, type Converter, type OperatorContext } from '../context.ts';
import type { LayerChoice } from '../../../schemes/scheme.ts';
import type { Constant } from '../tensor.ts';

function paddingOf(input: number, size: number, stride: number, padding: number): readonly [number, number] {
  const kind = PADDINGS[padding];
  if (kind === 'VALID') return [0, 0];
  if (kind !== 'SAME') throw new NotRunnable(`padding ${padding}`);
  return samePadding(input, size, stride);
}

export interface WindowOptions {
  readonly strideY: number;
  readonly strideX: number;
  /** Number of the padding in the schema. */
  readonly padding: number;
}

/** `spanY` and `spanX`: pixels that one window reaches over. */
export function windowOf(context: OperatorContext, input: ValueId, spanY: number, spanX: number, { strideY, strideX, padding }: WindowOptions): SpatialWindow {
  const shape = context.shapeOf(input);
  if (shape.length !== 4) throw new NotRunnable(`a window over ${shape.join('×')}`);
  if (![strideY, strideX].every((stride) => Number.isInteger(stride) && stride >= 1)) throw new NotRunnable(`the stride ${strideY}×${strideX}`);
  const [padTop, padBottom] = paddingOf(shape[1], spanY, strideY, padding);
  const [padLeft, padRight] = paddingOf(shape[2], spanX, strideX, padding);
  return { strideY, strideX, padTop, padBottom, padLeft, padRight };
}

/** The rung of a kernel whose output channels are along `axis`; null for real numbers. */
function rungOf({ stored, shape }: Constant, axis: number): LayerChoice | null {
  if (!stored) return null;
  const { codes, grid } = stored;
  return storedChoice(stored.type, shape, axis, (index, channel) => codes[index] - grid.zeroPoint[grid.zeroPoint.length === 1 ? 0 : channel]);
}

const optionsOf = (context: OperatorContext): WindowOptions => ({ strideY: context.number('stride_h'), strideX: context.number('stride_w'), padding: context.number('padding') });

function convolutionOf(context: OperatorContext, input: ValueId, sizeY: number, sizeX: number): ConvolutionAttributes {
  const [dilationY, dilationX] = [context.number('dilation_h_factor'), context.number('dilation_w_factor')];
  if (!(dilationY >= 1 && dilationX >= 1)) throw new NotRunnable(`the dilation ${dilationY}×${dilationX}`);
  return { ...windowOf(context, input, (sizeY - 1) * dilationY + 1, (sizeX - 1) * dilationX + 1, optionsOf(context)), dilationY, dilationX };
}

/** Kernels stand as [out, height, width, in]. */
export const convolution: Converter = (context) => {
  checkActivation(context);
  const input = context.running(0);
  const stored = context.needed(1, 'a kernel');
  if (stored.shape.length !== 4) throw new NotRunnable(`a kernel of ${stored.shape.join('×')}`);
  const [outputs, sizeY, sizeX, inputs] = stored.shape;
  const attributes = convolutionOf(context, input, sizeY, sizeX);
  const bias = context.constant(2);
  const kernel = { shape: [sizeY, sizeX, inputs, outputs], values: permute(Float32Array.from(stored.values), stored.shape, [1, 2, 3, 0]) };
  const channels = context.shapeOf(input)[3];
  if (channels !== inputs) throw new NotRunnable(`a convolution in ${channels / inputs} groups`);
  const layer = context.add('conv2d', [input], attributes, { kernel, bias: bias ? realWeight(bias, [outputs]) : undefined });
  const choice = rungOf(stored, 0);
  if (choice) context.stored(layer, choice);
  return context.activated(layer);
};

/** Kernels stand as [1, height, width, in · multiplier]: channel c has the outputs from c · multiplier. */
export const depthwise: Converter = (context) => {
  checkActivation(context);
  const input = context.running(0);
  const stored = context.needed(1, 'a kernel');
  const channels = context.shapeOf(input)[3];
  const [one, sizeY, sizeX, outputs] = stored.shape;
  if (stored.shape.length !== 4 || one !== 1 || outputs % channels !== 0) throw new NotRunnable(`a kernel of ${stored.shape.join('×')} for ${channels} channels`);
  const bias = context.constant(2);
  const weights = { kernel: realWeight(stored, [sizeY, sizeX, channels, outputs / channels]), bias: bias ? realWeight(bias, [outputs]) : undefined };
  const layer = context.add('depthwise-conv2d', [input], convolutionOf(context, input, sizeY, sizeX), weights);
  const choice = rungOf(stored, 3);
  if (choice) context.stored(layer, choice);
  return context.activated(layer);
};

/** Kernels stand as [out, in]. All axes of the input but the last are samples, which the studio has one of. */
export const fullyConnected: Converter = (context) => {
  checkActivation(context);
  if (context.number('weights_format') !== 0) throw new NotRunnable('shuffled weights');
  const stored = context.needed(1, 'a kernel');
  if (stored.shape.length !== 2) throw new NotRunnable(`a kernel of ${stored.shape.join('×')}`);
  const [outputs, inputs] = stored.shape;
  const given = context.running(0);
  const shape = context.shapeOf(given);
  if (elementCount(shape) !== inputs) throw new NotRunnable(`a dense layer over ${shape.join('×')}`);
  const bias = context.constant(2);
  const weights = {
    kernel: { shape: [inputs, outputs], values: permute(Float32Array.from(stored.values), stored.shape, [1, 0]) },
    bias: bias ? realWeight(bias, [outputs]) : undefined,
  };
  const flat = shape.length === 2 ? given : context.add('reshape', [given], { shape: [1, inputs] }, {}, 'flat');
  const layer = context.add('dense', [flat], {}, weights);
  const choice = rungOf(stored, 0);
  if (choice) context.stored(layer, choice);
  const result = context.activated(layer);
  return context.flag('keep_num_dims') && shape.length !== 2 ? context.add('reshape', [result], { shape: [...shape.slice(0, -1), outputs] }, {}, 'shape') : result;
};

const pool = (op: 'max-pool' | 'average-pool'): Converter => (context) => {
  checkActivation(context);
  const input = context.running(0);
  const [sizeY, sizeX] = [context.number('filter_height'), context.number('filter_width')];
  return context.activated(context.add(op, [input], { ...windowOf(context, input, sizeY, sizeX, optionsOf(context)), sizeY, sizeX }));
};
export const maxPool = pool('max-pool');
export const averagePool = pool('average-pool');
