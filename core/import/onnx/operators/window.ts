import type { PoolAttributes, SpatialWindow } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import { NotRunnable } from '../../importer.ts';
import { CHANNELS_LAST, realWeight, type Converter, type NodeContext, type Running } from '../context.ts';

interface Geometry extends SpatialWindow {
  readonly dilationY: number;
  readonly dilationX: number;
}

function pair(context: NodeContext, name: string, fallback: number): readonly [number, number] {
  const list = context.integers(name) ?? [fallback, fallback];
  if (list.length !== 2) throw new NotRunnable(`${name} of ${list.length} dimensions`);
  return [list[0], list[1]];
}

/** Padding of one axis for auto_pad: [before, after]. */
function samePadding(input: number, size: number, stride: number, upper: boolean): readonly [number, number] {
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + size - input);
  const small = Math.floor(total / 2);
  return upper ? [small, total - small] : [total - small, small];
}

/** Strides, padding and dilation of a window of sizeY × sizeX over a value kept as NHWC. */
function geometry(context: NodeContext, input: Running, sizeY: number, sizeX: number): Geometry {
  const [strideY, strideX] = pair(context, 'strides', 1);
  const [dilationY, dilationX] = pair(context, 'dilations', 1);
  if (strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1) context.fail('has a stride or dilation below 1');
  const [, , height, width] = input.shape;
  const spanY = (sizeY - 1) * dilationY + 1;
  const spanX = (sizeX - 1) * dilationX + 1;
  const auto = context.text('auto_pad', 'NOTSET');
  let padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    [padTop, padBottom] = samePadding(height, spanY, strideY, auto === 'SAME_UPPER');
    [padLeft, padRight] = samePadding(width, spanX, strideX, auto === 'SAME_UPPER');
  } else if (auto === 'NOTSET' || auto === '') {
    const pads = context.integers('pads') ?? [0, 0, 0, 0];
    if (pads.length !== 4) throw new NotRunnable(`pads of ${pads.length / 2} dimensions`);
    [padTop, padLeft, padBottom, padRight] = pads;
    if (pads.some((pad) => pad < 0)) throw new NotRunnable('negative padding');
  } else if (auto !== 'VALID') context.fail(`has the unknown auto_pad "${auto}"`);
  return { strideY, strideX, padTop, padBottom, padLeft, padRight, dilationY, dilationX };
}

export const convolution: Converter = (context) => {
  const input = context.ordered(0, CHANNELS_LAST);
  const kernel = context.needed(1, 'a kernel');
  if (kernel.dims.length !== 4) throw new NotRunnable(`a kernel of ${kernel.dims.length} dimensions`);
  const [outputs, perGroup, sizeY, sizeX] = kernel.dims;
  const groups = context.integer('group', 1);
  const channels = input.shape[1];
  if (perGroup * groups !== channels) {
    context.fail(`has a kernel for ${perGroup * groups} input channels where its input has ${channels}`);
  }
  const attributes = geometry(context, input, sizeY, sizeX);
  const bias = context.node.inputs[2] ? realWeight(context.needed(2, 'a bias'), [outputs]) : undefined;
  if (groups === 1) {
    const weights = { kernel: { shape: [sizeY, sizeX, channels, outputs], values: permute(kernel.values, kernel.dims, [2, 3, 1, 0]) }, bias };
    return context.result(context.add('conv2d', [input], attributes, weights), CHANNELS_LAST);
  }
  if (groups !== channels || outputs % channels !== 0) throw new NotRunnable(`a convolution in ${groups} groups`);
  // Output channel c·multiplier + m is row c·multiplier + m of the file's kernel: [outputs, 1, kh, kw] → [kh, kw, c, m].
  const values = permute(kernel.values, kernel.dims, [2, 3, 1, 0]);
  const weights = { kernel: { shape: [sizeY, sizeX, channels, outputs / channels], values }, bias };
  return context.result(context.add('depthwise-conv2d', [input], attributes, weights), CHANNELS_LAST);
};

/** Rounding up adds a last window that reaches over the edge: the same as more padding at the end. */
function roundUp(size: number, before: number, after: number, window: number, stride: number): number {
  const missing = (size + before + after - window) % stride;
  if (missing === 0) return after;
  // A window that would start in the padding after the input is left out.
  const start = size + before + after - window - missing + stride;
  return start >= size + before ? after : after + stride - missing;
}

function pool(context: NodeContext): { readonly input: Running; readonly attributes: PoolAttributes } {
  const input = context.ordered(0, CHANNELS_LAST);
  const [sizeY, sizeX] = pair(context, 'kernel_shape', 1);
  const { dilationY, dilationX, ...window } = geometry(context, input, sizeY, sizeX);
  if (dilationY !== 1 || dilationX !== 1) throw new NotRunnable('pooling with gaps');
  if (context.integer('ceil_mode', 0) === 0) return { input, attributes: { ...window, sizeY, sizeX } };
  const [, , height, width] = input.shape;
  const padBottom = roundUp(height, window.padTop, window.padBottom, sizeY, window.strideY);
  const padRight = roundUp(width, window.padLeft, window.padRight, sizeX, window.strideX);
  return { input, attributes: { ...window, padBottom, padRight, sizeY, sizeX } };
}

export const maxPool: Converter = (context) => {
  const { input, attributes } = pool(context);
  return context.result(context.add('max-pool', [input], attributes), CHANNELS_LAST);
};

export const averagePool: Converter = (context) => {
  const { input, attributes } = pool(context);
  const { padTop, padBottom, padLeft, padRight } = attributes;
  if (context.integer('count_include_pad', 0) === 0 || padTop + padBottom + padLeft + padRight === 0) {
    return context.result(context.add('average-pool', [input], attributes), CHANNELS_LAST);
  }
  if (context.integer('ceil_mode', 0) !== 0) throw new NotRunnable('an average that counts padding and rounds up');
  const padded = context.builder.add('pad', {
    name: `${context.name}/pad`,
    inputs: [input.id],
    attributes: { before: [0, padTop, padLeft, 0], after: [0, padBottom, padRight, 0] },
  });
  const inside = { ...attributes, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  return context.result(context.add('average-pool', [context.result(padded, CHANNELS_LAST)], inside), CHANNELS_LAST);
};

/** [1, c] as the studio has it, seen by the file as [1, c, 1, 1]. */
function spread(context: NodeContext, pooled: string): Running {
  const channels = context.builder.shapeOf(pooled)[1];
  const id = context.builder.add('reshape', { name: `${context.name}/spread`, inputs: [pooled], attributes: { shape: [1, 1, 1, channels] } });
  return context.result(id, CHANNELS_LAST);
}

export const globalAveragePool: Converter = (context) =>
  spread(context, context.add('global-average-pool', [context.ordered(0, CHANNELS_LAST)], {}));

export const globalMaxPool: Converter = (context) => {
  const input = context.ordered(0, CHANNELS_LAST);
  const [, , sizeY, sizeX] = input.shape;
  const attributes = { sizeY, sizeX, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  return context.result(context.add('max-pool', [input], attributes), CHANNELS_LAST);
};

export const reduceMean: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const axes = (context.list('axes', 1) ?? []).map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  if (rank !== 4 || axes.length !== 2 || axes.includes(0)) throw new NotRunnable(`a mean over the axes ${axes.join(', ') || 'all'}`);
  const channelAxis = [1, 2, 3].find((axis) => !axes.includes(axis)) as number;
  const pooled = context.add('global-average-pool', [context.ordered(0, [0, axes[0], axes[1], channelAxis])], {});
  if (context.integer('keepdims', 1) === 0) return context.result(pooled, [0, 1]);
  const channels = context.builder.shapeOf(pooled)[1];
  const id = context.builder.add('reshape', { name: `${context.name}/spread`, inputs: [pooled], attributes: { shape: [1, 1, 1, channels] } });
  return context.result(id, [0, axes[0], axes[1], channelAxis]);
};
