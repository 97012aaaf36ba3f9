import { elementCount, type PoolAttributes } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import { CHANNELS_LAST, plainOrder, type Converter, type NodeContext, type Running } from '../context.ts';
import { fromImage, geometry, imageOf, pair } from './geometry.ts';
import { each, scaled } from './values.ts';

/** Rounding up adds a last window that reaches over the edge: the same as more padding at the end. */
function roundUp(size: number, before: number, after: number, window: number, stride: number): number {
  const missing = (size + before + after - window) % stride;
  if (missing === 0) return after;
  // A window that would start in the padding after the input is left out.
  const start = size + before + after - window - missing + stride;
  return start >= size + before ? after : after + stride - missing;
}

interface Pool {
  readonly image: Running;
  readonly dimensions: number;
  readonly attributes: PoolAttributes;
}

function poolOf(context: NodeContext): Pool {
  const { image, dimensions } = imageOf(context, context.running(0));
  const [sizeY, sizeX] = pair(context, 'kernel_shape', dimensions, 1);
  const { dilationY, dilationX, ...window } = geometry(context, image, dimensions, sizeY, sizeX);
  if (dilationY !== 1 || dilationX !== 1) throw new NotRunnable('pooling with gaps');
  if (context.integer('ceil_mode', 0) === 0) return { image, dimensions, attributes: { ...window, sizeY, sizeX } };
  const [, , height, width] = image.shape;
  const padBottom = roundUp(height, window.padTop, window.padBottom, sizeY, window.strideY);
  const padRight = roundUp(width, window.padLeft, window.padRight, sizeX, window.strideX);
  return { image, dimensions, attributes: { ...window, padBottom, padRight, sizeY, sizeX } };
}

export const maxPool: Converter = (context) => {
  const { image, dimensions, attributes } = poolOf(context);
  return fromImage(context, context.result(context.add('max-pool', [image], attributes), CHANNELS_LAST), dimensions);
};

export const averagePool: Converter = (context) => {
  const { image, dimensions, attributes } = poolOf(context);
  const { padTop, padBottom, padLeft, padRight } = attributes;
  if (context.integer('count_include_pad', 0) === 0 || padTop + padBottom + padLeft + padRight === 0) {
    return fromImage(context, context.result(context.add('average-pool', [image], attributes), CHANNELS_LAST), dimensions);
  }
  if (context.integer('ceil_mode', 0) !== 0) throw new NotRunnable('an average that counts padding and rounds up');
  const around = { before: [0, padTop, padLeft, 0], after: [0, padBottom, padRight, 0] };
  const padded = context.result(context.add('pad', [image], around, {}, 'pad'), CHANNELS_LAST);
  const inside = { ...attributes, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  return fromImage(context, context.result(context.add('average-pool', [padded], inside), CHANNELS_LAST), dimensions);
};

type Take = 'average' | 'largest';

/** The mean or the largest number over some axes of the file, which become 1 or go. */
export function reduced(context: NodeContext, input: Running, axes: readonly number[], take: Take, keeps: boolean, part = ''): Running {
  const gone = input.order.filter((axis) => axes.includes(axis));
  const left = input.order.filter((axis) => axis > 0 && !axes.includes(axis));
  const order = [0, ...gone, ...left];
  const sorted = context.inOrder(input, order);
  const sizes = (list: readonly number[]): readonly number[] => list.map((axis) => input.shape[axis]);
  const [places, channels] = [elementCount(sizes(gone)), elementCount(sizes(left))];
  const isImage = gone.length === 2 && left.length === 1;
  const image = isImage ? sorted : context.result(context.add('reshape', [sorted], { shape: [1, places, 1, channels] }, {}, 'image'), plainOrder(4));
  const [, sizeY, sizeX] = isImage ? [1, ...sizes(gone)] : [1, places, 1];
  const window = { sizeY, sizeX, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  const id = take === 'average' ? context.add('global-average-pool', [image], {}, {}, part) : context.add('max-pool', [image], window, {}, part);
  const pooled = context.result(id, plainOrder(take === 'average' ? 2 : 4));
  const kept = keeps ? [1, ...gone.map(() => 1), ...sizes(left)] : [1, ...sizes(left)];
  const same = context.builder.shapeOf(id).join() === kept.join();
  const shaped = same ? id : context.add('reshape', [pooled], { shape: kept }, {}, 'spread');
  if (keeps) return context.result(shaped, order);
  const remaining = plainOrder(input.shape.length).filter((axis) => !gone.includes(axis));
  return context.result(shaped, [0, ...left].map((axis) => remaining.indexOf(axis)));
}

/** Height and width, or the length of rows. */
const everyPlace = (take: Take): Converter => (context) => {
  const input = context.running(0);
  if (input.shape.length < 3) throw new NotRunnable(`a value of ${input.shape.length} dimensions`);
  return reduced(context, input, plainOrder(input.shape.length).slice(2), take, true);
};
export const globalAveragePool = everyPlace('average');
export const globalMaxPool = everyPlace('largest');

type Reduction = (context: NodeContext, input: Running, axes: readonly number[], keeps: boolean) => Running;

const reduction = (reduce: Reduction): Converter => (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const stated = context.list('axes', 1) ?? [];
  if (stated.length === 0 && context.integer('noop_with_empty_axes', 0) === 1) return each(context, 'identity', input, {});
  const axes = (stated.length > 0 ? stated : plainOrder(rank)).map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.some((axis) => !(axis >= 1 && axis < rank))) throw new NotRunnable(`a reduction over the axes ${axes.join(', ')}`);
  return reduce(context, input, axes, context.integer('keepdims', 1) !== 0);
};

const placesOf = (input: Running, axes: readonly number[]): number => elementCount(axes.map((axis) => input.shape[axis]));
const summed: Reduction = (context, input, axes, keeps) => scaled(context, reduced(context, input, axes, 'average', keeps, 'mean'), placesOf(input, axes), 0);
const squared = (context: NodeContext, input: Running): Running => each(context, 'power', input, { exponent: 2 }, 'square');

export const reduceMean = reduction((context, input, axes, keeps) => reduced(context, input, axes, 'average', keeps));
export const reduceMax = reduction((context, input, axes, keeps) => reduced(context, input, axes, 'largest', keeps));
export const reduceMin = reduction((context, input, axes, keeps) => scaled(context, reduced(context, scaled(context, input, -1, 0, 'minus'), axes, 'largest', keeps, 'largest'), -1, 0));
export const reduceSum = reduction(summed);
export const reduceSumSquare = reduction((context, input, axes, keeps) => summed(context, squared(context, input), axes, keeps));
export const reduceL2 = reduction((context, input, axes, keeps) => each(context, 'power', summed(context, squared(context, input), axes, keeps), { exponent: 0.5 }, 'root'));
