import { elementCount, type ValueId } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import type { Converter, NodeContext } from '../context.ts';
import type { Constant } from '../weights.ts';

const list = (values: readonly number[]): Constant => ({ shape: [values.length], values: Float32Array.from(values) });

/** Fills in −1, and one sample for a batch that the file fixes. */
function resolved(stated: readonly number[], count: number): readonly number[] {
  const fill = (shape: readonly number[]): readonly number[] => {
    const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    return shape.map((size) => (size === -1 ? count / known : size));
  };
  const own = fill(stated);
  return elementCount(own) === count && own[0] === 1 ? own : fill([1, ...stated.slice(1)]);
}

function reshapedTo(context: NodeContext, shape: readonly number[]): ValueId {
  if (shape[0] !== 1) throw new NotRunnable(`a reshape to ${shape.join('×')} that mixes samples`);
  return context.add('reshape', [context.running(0)], { shape });
}

export const reshape: Converter = (context) => {
  const stated = [...context.needed(1, 'a shape').values];
  const constant = context.constant(0);
  if (!constant) return reshapedTo(context, resolved(stated, elementCount(context.shape(0))));
  const known = stated.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return { shape: stated.map((size) => (size === -1 ? constant.values.length / known : size)), values: constant.values };
};

export const squeeze: Converter = (context) => {
  const shape = context.shape(0);
  const stated = context.integers('squeeze_dims').map((axis) => (axis < 0 ? axis + shape.length : axis));
  return reshapedTo(context, shape.filter((size, axis) => (stated.length > 0 ? !stated.includes(axis) : axis === 0 || size !== 1)));
};

export const expandDims: Converter = (context) => {
  const shape = context.shape(0);
  const [stated] = context.needed(1, 'an axis').values;
  const axis = stated < 0 ? stated + shape.length + 1 : stated;
  return reshapedTo(context, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
};

/** The shape is known before the network runs; one sample at a time. */
export const shapeOf: Converter = (context) => list(context.shape(0));

export const pack: Converter = (context) => list(Array.from({ length: context.count }, (_, i) => context.needed(i, 'a part').values[0]));

export const product: Converter = (context) => {
  const values = [context.needed(0, 'a list').values.reduce((all, value) => all * value, 1)];
  return { shape: [], values: Float32Array.from(values) };
};

/** Shapes are short; what a few operators double again and again would fill the memory. */
const LONGEST_LIST = 1024;

export const concat: Converter = (context) => {
  const last = context.count - 1;
  const [stated] = context.needed(last, 'an axis').values;
  const constants = Array.from({ length: last }, (_, i) => context.constant(i));
  if (constants.every((constant) => constant !== null)) {
    const count = constants.reduce((sum, { values }) => sum + values.length, 0);
    if (count > LONGEST_LIST || constants.some(({ shape }) => shape.length > 1)) throw new NotRunnable('joining constants that are no short lists');
    return list(constants.flatMap(({ values }) => [...values]));
  }
  const rank = context.shape(0).length;
  return context.add('concat', Array.from({ length: last }, (_, i) => context.running(i)), { axis: stated < 0 ? stated + rank : stated });
};

export const transpose: Converter = (context) => {
  const permutation = [...context.needed(1, 'a permutation').values];
  if (permutation[0] !== 0) throw new NotRunnable('a transpose that moves the batch');
  return context.add('transpose', [context.running(0)], { permutation });
};

export const pad: Converter = (context) => {
  if (context.count > 2 && context.needed(2, 'a padding value').values[0] !== 0) throw new NotRunnable('padding with another number than 0');
  const sizes = [...context.needed(1, 'the padding').values];
  if (sizes[0] !== 0 || sizes[1] !== 0) throw new NotRunnable('padding between samples');
  const side = (which: 0 | 1): readonly number[] => sizes.filter((_, i) => i % 2 === which);
  return context.add('pad', [context.running(0)], { before: side(0), after: side(1) });
};

export const slice: Converter = (context) => {
  const shape = context.shape(0);
  const begin = [...context.needed(1, 'a begin').values];
  const size = [...context.needed(2, 'a size').values];
  const end = begin.map((first, axis) => (size[axis] === -1 || axis === 0 ? shape[axis] : first + size[axis]));
  return context.add('slice', [context.running(0)], { begin, end, step: begin.map(() => 1) });
};

export const stridedSlice: Converter = (context) => {
  const constant = context.constant(0);
  const shape = constant ? constant.shape : context.shape(0);
  const [begin, end, step] = ['a begin', 'an end', 'a step'].map((what, i) => [...context.needed(i + 1, what).values]);
  if (['ellipsis_mask', 'new_axis_mask'].some((mask) => context.integer(mask, 0) !== 0)) throw new NotRunnable('a slice with new dimensions');
  const masked = (mask: string, axis: number): boolean => Math.floor(context.integer(mask, 0) / 2 ** axis) % 2 === 1;
  const bounds = shape.map((size, axis) => {
    const stride = step[axis] ?? 1;
    if (stride === 0) throw new NotRunnable('a slice without steps');
    const clamp = (position: number): number => Math.min(Math.max(position < 0 ? position + size : position, stride > 0 ? 0 : -1), stride > 0 ? size : size - 1);
    const isOpen = (mask: string): boolean => axis >= begin.length || masked(mask, axis);
    const shrinks = masked('shrink_axis_mask', axis);
    const first = isOpen('begin_mask') && !shrinks ? (stride > 0 ? 0 : size - 1) : clamp(begin[axis]);
    if (shrinks) return { first, last: first + 1, stride: 1, shrinks };
    return { first, last: isOpen('end_mask') ? (stride > 0 ? size : -1) : clamp(end[axis]), stride, shrinks };
  });
  if (constant) {
    if (shape.length !== 1) throw new NotRunnable('a slice of a constant of several dimensions');
    const [{ first, last, stride, shrinks }] = bounds;
    const kept = [...constant.values].filter((_, i) => (stride > 0 ? i >= first && i < last : i <= first && i > last) && (i - first) % stride === 0);
    const values = Float32Array.from(stride > 0 ? kept : kept.toReversed());
    return { shape: shrinks ? [] : [values.length], values };
  }
  if (bounds[0].shrinks) throw new NotRunnable('taking one sample');
  const sliced = context.add('slice', [context.running(0)], { begin: bounds.map(({ first }) => first), end: bounds.map(({ last }) => last), step: bounds.map(({ stride }) => stride) });
  if (!bounds.some(({ shrinks }) => shrinks)) return sliced;
  const kept = context.builder.shapeOf(sliced).filter((_, axis) => !bounds[axis].shrinks);
  return context.add('reshape', [sliced], { shape: kept }, {}, '/shrunk');
};
