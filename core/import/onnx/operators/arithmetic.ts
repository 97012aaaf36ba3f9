import { elementCount } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import { NotRunnable } from '../../importer.ts';
import { naturalOrder, plainOrder, realWeight, type Converter, type NodeContext, type Running } from '../context.ts';
import type { Constant } from '../tensor.ts';

/** A constant operand as one number a channel: the axis of the file it runs along, and its numbers. */
function alongOneAxis(context: NodeContext, input: Running, constant: Constant): { readonly axis: number; readonly at: (channel: number) => number } {
  const rank = input.shape.length;
  // Operator sets before 7 named the first axis of the operand; later ones align at the end.
  const legacyAxis = context.opset < 7 && context.integer('broadcast', 0) === 1 ? context.node.attributes.get('axis')?.integer : null;
  const start = legacyAxis ?? rank - constant.dims.length;
  const long = constant.dims.map((size, i) => ({ size, axis: i + start })).filter(({ size }) => size !== 1);
  if (elementCount(constant.dims) === 1) return { axis: input.order[rank - 1], at: () => constant.values[0] };
  const [{ size, axis }] = long;
  if (long.length !== 1 || axis < 1 || size !== input.shape[axis]) {
    throw new NotRunnable(`a constant of ${constant.dims.join('×')} for a value of ${input.shape.join('×')}`);
  }
  return { axis, at: (channel) => constant.values[channel] };
}

/** y = factor·x + term per channel, kept as a batch norm without statistics; a pass moves it into the layer before it. */
function scaleAndShift(
  context: NodeContext,
  index: number,
  constant: Constant,
  numbers: (operand: number) => { readonly factor: number; readonly term: number },
): Running {
  const { axis, at } = alongOneAxis(context, context.running(index), constant);
  const { order: given } = context.running(index);
  const order = given[given.length - 1] === axis ? given : [...given.filter((a) => a !== axis), axis];
  const input = context.ordered(index, order);
  const channels = input.shape[axis];
  const values = Array.from({ length: channels }, (_, channel) => numbers(at(channel)));
  const weight = (value: (n: { factor: number; term: number }) => number) => ({ shape: [channels], values: Float32Array.from(values, value) });
  const id = context.add('batch-norm', [input], { epsilon: 0 }, {
    gamma: weight(({ factor }) => factor),
    beta: weight(({ term }) => term),
    mean: weight(() => 0),
    variance: weight(() => 1),
  });
  return context.result(id, order);
}

type Numbers = (operand: number) => { readonly factor: number; readonly term: number };

/** An operator with one constant operand. `first` and `second` say what a constant in that place does to the other. */
const withConstant = (first: Numbers | null, second: Numbers, both: Converter | null): Converter => (context) => {
  const left = context.constant(0);
  const right = context.constant(1);
  if (right && !left) return scaleAndShift(context, 0, right, second);
  if (left && !right && first) return scaleAndShift(context, 1, left, first);
  if (!left && !right && both) return both(context);
  throw new NotRunnable('these operands');
};

const addValues: Converter = (context) => {
  const left = context.running(0);
  const right = context.ordered(1, left.order);
  if (left.shape.some((size, axis) => size !== right.shape[axis])) {
    throw new NotRunnable(`adding ${left.shape.join('×')} and ${right.shape.join('×')}`);
  }
  return context.result(context.add('add', [left, right], {}), left.order);
};

const plus: Numbers = (operand) => ({ factor: 1, term: operand });
const times: Numbers = (operand) => ({ factor: operand, term: 0 });
export const add = withConstant(plus, plus, addValues);
export const subtract = withConstant((operand) => ({ factor: -1, term: operand }), (operand) => ({ factor: 1, term: -operand }), null);
export const multiply = withConstant(times, times, null);
export const divide = withConstant(null, (operand) => ({ factor: 1 / operand, term: 0 }), null);

export const batchNormalization: Converter = (context) => {
  const rank = context.running(0).shape.length;
  const order = [...plainOrder(rank).filter((axis) => axis !== 1), 1];
  if (rank < 2) throw new NotRunnable(`a value of ${rank} dimensions`);
  if (context.integer('training_mode', 0) === 1) throw new NotRunnable('batch statistics of the training mode');
  const input = context.ordered(0, order);
  const weight = (index: number, what: string) => realWeight(context.needed(index, what), [input.shape[1]]);
  const weights = { gamma: weight(1, 'a scale'), beta: weight(2, 'a bias'), mean: weight(3, 'a mean'), variance: weight(4, 'a variance') };
  return context.result(context.add('batch-norm', [input], { epsilon: context.float('epsilon', 1e-5) }, weights), order);
};

/** A kernel [in, out] and the running input [1, in]. */
function dense(context: NodeContext, kernel: Constant, transposed: boolean, scale: number, bias: Float32Array | undefined): Running {
  const input = context.ordered(0, [0, 1]);
  if (kernel.dims.length !== 2) throw new NotRunnable(`a kernel of ${kernel.dims.join('×')}`);
  const [inputs, outputs] = transposed ? [kernel.dims[1], kernel.dims[0]] : kernel.dims;
  const values = permute(kernel.values, kernel.dims, transposed ? [1, 0] : [0, 1]);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] *= scale;
  const weights = {
    kernel: { shape: [inputs, outputs], values },
    bias: bias && { shape: [outputs], values: bias.length === 1 ? new Float32Array(outputs).fill(bias[0]) : bias },
  };
  return context.result(context.add('dense', [input], {}, weights), [0, 1]);
}

export const matMul: Converter = (context) => dense(context, context.needed(1, 'a second factor'), false, 1, undefined);

export const gemm: Converter = (context) => {
  if (context.integer('transA', 0) === 1) throw new NotRunnable('a transposed input');
  const kernel = context.needed(1, 'a kernel');
  const bias = context.node.inputs[2] ? context.needed(2, 'a bias') : null;
  const beta = context.float('beta', 1);
  return dense(
    context,
    kernel,
    context.integer('transB', 0) === 1,
    context.float('alpha', 1),
    bias ? Float32Array.from(bias.values, (value) => value * beta) : undefined,
  );
};

/** Applied to every number by itself: the order of axes stays. */
const everywhere = (apply: (context: NodeContext, input: Running) => string): Converter => (context) => {
  const input = context.running(0);
  return context.result(apply(context, input), input.order);
};

export const relu = everywhere((context, input) => context.add('relu', [input], {}));
export const leakyRelu = everywhere((context, input) => context.add('leaky-relu', [input], { alpha: context.float('alpha', 0.01) }));
export const sigmoid = everywhere((context, input) => context.add('sigmoid', [input], {}));
export const tanh = everywhere((context, input) => context.add('tanh', [input], {}));
export const identity = everywhere((context, input) => context.add('identity', [input], {}));

const LARGEST_FLOAT32 = 3.4028234663852886e38;

export const clip = everywhere((context, input) => {
  const bound = (name: string, index: number, fallback: number): number => {
    if (!context.node.inputs[index]) return context.float(name, fallback);
    return context.needed(index, `a ${name}`).values[0] ?? fallback;
  };
  const minimum = Math.max(bound('min', 1, -LARGEST_FLOAT32), -LARGEST_FLOAT32);
  const maximum = Math.min(bound('max', 2, LARGEST_FLOAT32), LARGEST_FLOAT32);
  return minimum === 0 && maximum === LARGEST_FLOAT32 ? context.add('relu', [input], {}) : context.add('clip', [input], { minimum, maximum });
});

export const softmax: Converter = (context) => {
  const { shape } = context.running(0);
  const rank = shape.length;
  const stated = context.integer('axis', context.opset < 13 ? 1 : -1);
  const axis = stated < 0 ? stated + rank : stated;
  if (!(axis >= 1 && axis < rank)) throw new NotRunnable(`a softmax over axis ${stated} of ${shape.join('×')}`);
  // Before operator set 13 the softmax ran over all axes from this one on.
  if (context.opset < 13 && shape.slice(axis + 1).some((size) => size !== 1)) throw new NotRunnable('a softmax over several axes');
  const natural = naturalOrder(rank);
  const order = natural[rank - 1] === axis ? natural : [...plainOrder(rank).filter((a) => a !== axis), axis];
  return context.result(context.add('softmax', [context.ordered(0, order)], {}), order);
};
