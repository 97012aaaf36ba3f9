import { elementCount } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import { plainOrder, type Converter, type NodeContext, type Running } from '../context.ts';
import { axisOf, joined, reshaped } from './values.ts';

const reshapeTo = (context: NodeContext, shape: readonly number[]): Running => reshaped(context, context.running(0), shape);

/** Fills in 0 (as in the input) and −1 (whatever is left). */
export function resolveShape(stated: readonly number[], input: readonly number[], keepZeros: boolean): number[] | null {
  const shape = stated.map((size, axis) => (size === 0 && !keepZeros ? (input[axis] ?? 0) : size));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const known = shape.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
    shape[open] = known > 0 ? elementCount(input) / known : 0;
  }
  return shape.every((size) => Number.isInteger(size) && size >= 1) ? shape : null;
}

export const reshape: Converter = (context) => {
  const stated = context.list('shape', 1);
  const input = context.running(0).shape;
  if (!stated) return context.fail('has no shape');
  const keepZeros = context.integer('allowzero', 0) === 1;
  let shape = resolveShape(stated, input, keepZeros);
  // A file made for one fixed batch says it in the first place; the studio runs samples one by one.
  if (!shape || elementCount(shape) !== elementCount(input)) shape = resolveShape([1, ...stated.slice(1)], input, keepZeros);
  return shape ? reshapeTo(context, shape) : context.fail(`cannot turn ${input.join('×')} into ${stated.join('×')}`);
};

export const flatten: Converter = (context) => {
  const { shape } = context.running(0);
  const stated = context.integer('axis', 1);
  const axis = stated < 0 ? stated + shape.length : stated;
  return reshapeTo(context, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))]);
};

export const squeeze: Converter = (context) => {
  const { shape } = context.running(0);
  const stated = context.list('axes', 1);
  const axes = stated ? stated.map((axis) => (axis < 0 ? axis + shape.length : axis)) : plainOrder(shape.length).filter((axis) => axis > 0 && shape[axis] === 1);
  if (axes.some((axis) => shape[axis] !== 1)) context.fail(`removes dimensions of ${shape.join('×')} that are not 1`);
  if (axes.includes(0)) throw new NotRunnable('removing the batch dimension');
  return reshapeTo(context, shape.filter((_, axis) => !axes.includes(axis)));
};

export const unsqueeze: Converter = (context) => {
  const { shape } = context.running(0);
  const axes = context.list('axes', 1) ?? [];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (added.has(0)) throw new NotRunnable('a new dimension before the batch');
  let next = 0;
  return reshapeTo(context, plainOrder(rank).map((axis) => (added.has(axis) ? 1 : (shape[next++] ?? 1))));
};

/** Only another way to look at the same numbers: nothing moves until an operator needs another order. */
export const transpose: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const permutation = context.integers('perm') ?? plainOrder(rank).toReversed();
  if (permutation.length !== rank || new Set(permutation).size !== rank || permutation.some((axis) => !(axis >= 0 && axis < rank))) {
    return context.fail(`has the permutation ${permutation.join(', ')} for a value of ${rank} dimensions`);
  }
  if (permutation[0] !== 0) throw new NotRunnable('a transpose that moves the batch');
  return { id: input.id, order: input.order.map((axis) => permutation.indexOf(axis)), shape: permutation.map((axis) => input.shape[axis]) };
};

export const slice: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const starts = context.list('starts', 1);
  const ends = context.list('ends', 2);
  if (!starts || !ends || starts.length !== ends.length) return context.fail('has no starts and ends');
  const axes = (context.list('axes', 3) ?? plainOrder(starts.length)).map((axis) => (axis < 0 ? axis + rank : axis));
  const steps = context.node.inputs[4] ? [...context.needed(4, 'steps').values] : starts.map(() => 1);
  const begin = input.shape.map(() => 0);
  const end = [...input.shape];
  const step = input.shape.map(() => 1);
  axes.forEach((axis, i) => {
    const size = input.shape[axis];
    if (size === undefined || !steps[i]) context.fail(`slices along axis ${axis} of ${input.shape.join('×')} with step ${steps[i]}`);
    const clamp = (position: number, low: number, high: number): number => Math.min(Math.max(position < 0 ? position + size : position, low), high);
    const forward = steps[i] > 0;
    step[axis] = steps[i];
    begin[axis] = forward ? clamp(starts[i], 0, size) : clamp(starts[i], 0, size - 1);
    end[axis] = forward ? clamp(ends[i], 0, size) : clamp(ends[i], -1, size - 1);
  });
  const kept = (list: readonly number[]): number[] => input.order.map((axis) => list[axis]);
  return context.result(context.add('slice', [input], { begin: kept(begin), end: kept(end), step: kept(step) }), input.order);
};

export const concat: Converter = (context) => {
  const parts = context.node.inputs.map((_, index) => context.running(index));
  return joined(context, parts, axisOf(context.integer('axis', 1), parts[0].shape.length));
};
