import { elementCount, type OpAttributes, type OpId, type Shape } from '../../../graph/graph.ts';
import type { NewWeight } from '../../builder.ts';
import { NotRunnable } from '../../importer.ts';
import { plainOrder, type NodeContext, type Running } from '../context.ts';
import type { Constant } from '../tensor.ts';

// Steps that operators of the file are made of. Each adds at most a few nodes and gives a running value again.

/** Most numbers that a constant operand is spread to. */
const LARGEST_OPERAND = 2 ** 22;

/** Applied to every number by itself: the order of axes stays. */
export function each<K extends OpId>(context: NodeContext, op: K, input: Running, attributes: OpAttributes[K], part = ''): Running {
  return context.result(context.add(op, [input], attributes, {}, part), input.order);
}

/** Of two values of one shape. */
export function pairwise(context: NodeContext, op: 'add' | 'multiply', a: Running, b: Running, part = ''): Running {
  const [left, right] = alike(context, a, b);
  return context.result(context.add(op, [left, right], {}, {}, part), left.order);
}

/** Any change of shape reads the numbers in the file's own order. */
export function reshaped(context: NodeContext, input: Running, shape: Shape, part = ''): Running {
  if (elementCount(shape) !== elementCount(input.shape)) {
    return context.fail(`turns ${input.shape.join('×')} into ${shape.join('×')}, which has another number of values`);
  }
  if (shape[0] !== 1) throw new NotRunnable(`a reshape to ${shape.join('×') || 'a single number'} that mixes samples`);
  const plain = context.inOrder(input, plainOrder(input.shape.length));
  return context.result(context.add('reshape', [plain], { shape }, {}, part), plainOrder(shape.length));
}

/** Repeated along the axes in which the file's shape is to have more than one place. */
export function expanded(context: NodeContext, input: Running, shape: Shape): Running {
  const lifted = input.shape.length < shape.length ? reshaped(context, input, [...shape.slice(input.shape.length).map(() => 1), ...input.shape], 'lift') : input;
  if (lifted.shape.every((size, axis) => size === shape[axis])) return lifted;
  const kept = lifted.order.map((axis) => shape[axis]);
  return context.result(context.add('expand', [lifted], { shape: kept }, {}, 'expand'), lifted.order);
}

/** The shape that two shapes are broadcast to. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return plainOrder(rank).map((axis) => {
    const [first, second] = [at(a, axis), at(b, axis)];
    if (first !== second && first !== 1 && second !== 1) throw new NotRunnable(`operands of ${a.join('×')} and ${b.join('×')}`);
    return first === 1 ? second : first;
  });
}

/** Both of one shape and in one order, that of the larger. */
function alike(context: NodeContext, a: Running, b: Running): readonly [Running, Running] {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape[0] !== 1) throw new NotRunnable(`operands of ${a.shape.join('×')} and ${b.shape.join('×')}`);
  const [left, right] = [a, b].map((value) => expanded(context, value, shape));
  const { order } = elementCount(a.shape) >= elementCount(b.shape) ? left : right;
  return [context.inOrder(left, order), context.inOrder(right, order)];
}

export interface Line {
  readonly factor: number;
  readonly term: number;
}

export const plus = (operand: number): Line => ({ factor: 1, term: operand });
export const times = (operand: number): Line => ({ factor: operand, term: 0 });

/** A limit beyond this one says nothing. */
export const LARGEST_FLOAT32 = 3.4028234663852886e38;

function batchNorm(lines: readonly Line[]): Record<string, NewWeight> {
  const weight = (value: (line: Line) => number): NewWeight => ({ shape: [lines.length], values: Float32Array.from(lines, value) });
  return { gamma: weight(({ factor }) => factor), beta: weight(({ term }) => term), mean: weight(() => 0), variance: weight(() => 1) };
}

/** y = factor·x + term for all numbers. */
export function scaled(context: NodeContext, input: Running, factor: number, term: number, part = ''): Running {
  const channels = input.shape[input.order[input.order.length - 1]];
  const lines = Array.from({ length: channels }, () => ({ factor, term }));
  return context.result(context.add('batch-norm', [input], { epsilon: 0 }, batchNorm(lines), part), input.order);
}

/** A constant operand as it stands along the axes of the other one. */
function aligned(context: NodeContext, input: Running, { dims }: Constant): Shape {
  // Operator sets before 7 named the first axis of the operand; later ones align at the end.
  const legacyAxis = context.opset < 7 && context.integer('broadcast', 0) === 1 ? context.node.attributes.get('axis')?.integer : null;
  if (typeof legacyAxis !== 'number') return dims;
  const start = legacyAxis < 0 ? legacyAxis + input.shape.length : legacyAxis;
  const behind = input.shape.length - start - dims.length;
  if (start < 0 || behind < 0) throw new NotRunnable(`a constant of ${dims.join('×')} at axis ${legacyAxis}`);
  return [...dims, ...Array.from({ length: behind }, () => 1)];
}

/**
 * y = factor·x + term, both made from the operand at the place: a batch norm without statistics, which a pass moves into the layer
 * before it. Along one axis it is one line a channel, otherwise one a number.
 */
export function scaledBy(context: NodeContext, value: Running, constant: Constant, line: (operand: number) => Line): Running {
  const dims = aligned(context, value, constant);
  if (elementCount(dims) === 1 && dims.length <= value.shape.length) {
    const { factor, term } = line(constant.values[0]);
    return scaled(context, value, factor, term);
  }
  const shape = broadcastShape(value.shape, dims);
  if (shape[0] !== 1 || elementCount(shape) > LARGEST_OPERAND) throw new NotRunnable(`a constant of ${constant.dims.join('×')} for a value of ${value.shape.join('×')}`);
  const input = expanded(context, value, shape);
  const first = shape.length - dims.length;
  const long = plainOrder(shape.length).filter((axis) => axis >= first && dims[axis - first] !== 1);
  if (long.length === 1) {
    const [axis] = long;
    const order = input.order[shape.length - 1] === axis ? input.order : [...input.order.filter((a) => a !== axis), axis];
    const lines = Array.from(constant.values, line);
    return context.result(context.add('batch-norm', [context.inOrder(input, order)], { epsilon: 0 }, batchNorm(lines)), order);
  }
  const kept = input.order.map((axis) => shape[axis]);
  const lines = spread(constant, dims, shape, input.order).map(line);
  const flat = context.add('reshape', [input], { shape: [1, elementCount(shape)] }, {}, 'flat');
  const moved = context.add('batch-norm', [context.result(flat, [0, 1])], { epsilon: 0 }, batchNorm(lines), 'line');
  return context.result(context.add('reshape', [context.result(moved, [0, 1])], { shape: kept }), input.order);
}

/** The numbers of a constant for every place of a shape, in an order of its axes. */
function spread({ values }: Constant, dims: Shape, shape: Shape, order: readonly number[]): number[] {
  const first = shape.length - dims.length;
  const strideOf = (axis: number): number => (axis < first || dims[axis - first] === 1 ? 0 : elementCount(dims.slice(axis - first + 1)));
  const strides = order.map(strideOf);
  const sizes = order.map((axis) => shape[axis]);
  return Array.from({ length: elementCount(shape) }, (_, flat) => {
    let rest = flat;
    let at = 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += (rest % sizes[axis]) * strides[axis];
      rest = Math.floor(rest / sizes[axis]);
    }
    return values[at];
  });
}

/** An axis as the file says it, from the end where it is negative; NotRunnable where the value has no such axis, or for the batch. */
export function axisOf(stated: number, rank: number): number {
  const axis = stated < 0 ? stated + rank : stated;
  if (!(Number.isInteger(axis) && axis >= 1 && axis < rank)) throw new NotRunnable(`axis ${stated} of ${rank}`);
  return axis;
}

/** Places from begin to before end along one axis. */
export function sliced(context: NodeContext, input: Running, axis: number, begin: number, end: number, part: string): Running {
  const at = (other: (a: number) => number, own: number): number[] => input.order.map((a) => (a === axis ? own : other(a)));
  const attributes = { begin: at(() => 0, begin), end: at((a) => input.shape[a], end), step: at(() => 1, 1) };
  return context.result(context.add('slice', [input], attributes, {}, part), input.order);
}

/** Parts of one order, joined along an axis of the file. */
export function joined(context: NodeContext, parts: readonly Running[], axis: number, part = ''): Running {
  const [{ order }] = parts;
  return context.result(context.add('concat', parts.map((value) => context.inOrder(value, order)), { axis: order.indexOf(axis) }, {}, part), order);
}
