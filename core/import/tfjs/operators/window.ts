import type { ConvolutionAttributes, PoolAttributes, SpatialWindow, ValueId } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import type { NewWeight } from '../../builder.ts';
import { NotRunnable } from '../../importer.ts';
import { samePadding } from '../../same-padding.ts';
import type { Converter, NodeContext } from '../context.ts';
import { activated, channelWeight } from './activations.ts';

/** Height and width of a list with one entry a dimension. */
function pairOf(list: readonly number[]): readonly [number, number] {
  return list.length === 4 ? [list[1], list[2]] : [1, 1];
}

function windowOf(context: NodeContext, spanY: number, spanX: number): SpatialWindow {
  const { length, 1: height, 2: width } = context.shape(0);
  if (length !== 4) throw new NotRunnable(`an input of ${length} dimensions`);
  const format = context.text('data_format', 'NHWC');
  if (format !== 'NHWC') throw new NotRunnable(`data_format ${format}`);
  const [strideY, strideX] = pairOf(context.integers('strides'));
  const padding = context.text('padding', 'VALID');
  const explicit = context.integers('explicit_paddings');
  if (padding === 'EXPLICIT' && explicit.length === 8) return { strideY, strideX, padTop: explicit[2], padBottom: explicit[3], padLeft: explicit[4], padRight: explicit[5] };
  if (padding !== 'SAME' && padding !== 'VALID') throw new NotRunnable(`padding "${padding}"`);
  const [padTop, padBottom] = padding === 'SAME' ? samePadding(height, spanY, strideY) : [0, 0];
  const [padLeft, padRight] = padding === 'SAME' ? samePadding(width, spanX, strideX) : [0, 0];
  return { strideY, strideX, padTop, padBottom, padLeft, padRight };
}

function convolutionOf(context: NodeContext, [sizeY, sizeX]: readonly number[]): ConvolutionAttributes {
  const [dilationY, dilationX] = pairOf(context.integers('dilations'));
  return { ...windowOf(context, (sizeY - 1) * dilationY + 1, (sizeX - 1) * dilationX + 1), dilationY, dilationX };
}

/** What a fused node does behind the layer: bias first, then the activation. */
function finished(context: NodeContext, channels: number, make: (bias: NewWeight | undefined) => ValueId): ValueId {
  const fused = context.texts('fused_ops');
  const [first] = fused;
  if (first === undefined) return make(undefined);
  const hasBias = first === 'BiasAdd';
  const made = make(hasBias ? channelWeight(context.needed(2, 'a bias'), channels) : undefined);
  return fused.slice(hasBias ? 1 : 0).reduce((value, name) => activated(context, name, value, hasBias ? 3 : 2), made);
}

export const convolution: Converter = (context) => {
  const { shape, values } = context.needed(1, 'a kernel');
  if (shape.length !== 4) throw new NotRunnable(`a kernel of ${shape.join('×')}`);
  const input = context.running(0);
  const attributes = convolutionOf(context, shape);
  return finished(context, shape[3], (bias) => context.add('conv2d', [input], attributes, { kernel: { shape, values }, bias }));
};

export const depthwise: Converter = (context) => {
  const { shape, values } = context.needed(1, 'a kernel');
  if (shape.length !== 4) throw new NotRunnable(`a kernel of ${shape.join('×')}`);
  const input = context.running(0);
  const attributes = convolutionOf(context, shape);
  return finished(context, shape[2] * shape[3], (bias) => context.add('depthwise-conv2d', [input], attributes, { kernel: { shape, values }, bias }));
};

export const matMul: Converter = (context) => {
  const { shape, values } = context.needed(1, 'a second factor');
  const input = context.running(0);
  if (shape.length !== 2 || context.shape(0).length !== 2 || context.flag('transpose_a')) throw new NotRunnable(`a product of ${context.shape(0).join('×')} and ${shape.join('×')}`);
  const turned = context.flag('transpose_b');
  const kernel: NewWeight = turned ? { shape: [shape[1], shape[0]], values: permute(values, shape, [1, 0]) } : { shape, values };
  return finished(context, kernel.shape[1], (bias) => context.add('dense', [input], {}, { kernel, bias }));
};

const pool = (op: 'max-pool' | 'average-pool'): Converter => (context) => {
  const [sizeY, sizeX] = pairOf(context.integers('ksize'));
  const attributes: PoolAttributes = { ...windowOf(context, sizeY, sizeX), sizeY, sizeX };
  return context.add(op, [context.running(0)], attributes);
};
export const maxPool = pool('max-pool');
export const averagePool = pool('average-pool');

/** Over height and width of an image, which is all that the studio has. */
function checkSpatial(context: NodeContext): void {
  const shape = context.shape(0);
  const axes = Array.from(context.needed(1, 'axes').values, (axis) => (axis < 0 ? axis + shape.length : axis)).toSorted();
  if (shape.length !== 4 || axes.join() !== '1,2') throw new NotRunnable(`axes ${axes.join(', ')} of ${shape.join('×')}`);
}

const keepsDims = (context: NodeContext): boolean => context.flag('keep_dims') || context.flag('keepdims');

export const mean: Converter = (context) => {
  checkSpatial(context);
  const [, , , channels] = context.shape(0);
  const pooled = context.add('global-average-pool', [context.running(0)], {});
  return keepsDims(context) ? context.add('reshape', [pooled], { shape: [1, 1, 1, channels] }, {}, '/keepdims') : pooled;
};

export const largest: Converter = (context) => {
  checkSpatial(context);
  const [, sizeY, sizeX, channels] = context.shape(0);
  const pooled = context.add('max-pool', [context.running(0)], { sizeY, sizeX, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 });
  return keepsDims(context) ? pooled : context.add('reshape', [pooled], { shape: [1, channels] }, {}, '/flat');
};
