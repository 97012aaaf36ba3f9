import { NotRunnable } from '../../importer.ts';
import type { Converter, NodeContext, Running } from '../context.ts';
import { clipped, product, sum } from './elementwise.ts';
import { each, LARGEST_FLOAT32, scaled } from './values.ts';

// Functions of each number by itself.

const everywhere = (apply: (context: NodeContext, input: Running) => Running): Converter => (context) => apply(context, context.running(0));

export const relu = everywhere((context, input) => each(context, 'relu', input, {}));
export const leakyRelu = everywhere((context, input) => each(context, 'leaky-relu', input, { alpha: context.float('alpha', 0.01) }));
export const sigmoid = everywhere((context, input) => each(context, 'sigmoid', input, {}));
export const tanh = everywhere((context, input) => each(context, 'tanh', input, {}));
export const identity = everywhere((context, input) => each(context, 'identity', input, {}));
export const exponential = everywhere((context, input) => each(context, 'exponential', input, {}));
export const erf = everywhere((context, input) => each(context, 'erf', input, {}));
export const squareRoot = everywhere((context, input) => each(context, 'power', input, { exponent: 0.5 }));
export const reciprocal = everywhere((context, input) => each(context, 'power', input, { exponent: -1 }));
export const negate = everywhere((context, input) => scaled(context, input, -1, 0));

/** |x| = relu(x) + relu(−x) */
const absolute = (context: NodeContext, input: Running): Running =>
  sum(context, each(context, 'relu', input, {}, 'above'), each(context, 'relu', scaled(context, input, -1, 0, 'minus'), {}, 'below'));
export const magnitude = everywhere(absolute);

export const softsign = everywhere((context, input) =>
  product(context, input, each(context, 'power', scaled(context, absolute(context, input), 1, 1, 'plus'), { exponent: -1 }, 'reciprocal')));

export const clip = everywhere((context, input) => {
  const bound = (name: string, index: number, fallback: number): number => {
    if (!context.node.inputs[index]) return context.float(name, fallback);
    return context.needed(index, `a ${name}`).values[0] ?? fallback;
  };
  return clipped(context, input, bound('min', 1, -LARGEST_FLOAT32), bound('max', 2, LARGEST_FLOAT32));
});

/** max(0, min(1, α·x + β)) */
function limitedLine(context: NodeContext, input: Running, alpha: number, beta: number, part = ''): Running {
  return each(context, 'clip', scaled(context, input, alpha, beta, 'line'), { minimum: 0, maximum: 1 }, part);
}
export const hardSigmoid = everywhere((context, input) => limitedLine(context, input, context.float('alpha', 0.2), context.float('beta', 0.5)));
export const hardSwish = everywhere((context, input) => product(context, input, limitedLine(context, input, 1 / 6, 0.5, 'gate')));

/** x·sigmoid(α·x) */
export const swish = everywhere((context, input) => {
  const alpha = context.float('alpha', 1);
  const steeper = alpha === 1 ? input : scaled(context, input, alpha, 0, 'line');
  return product(context, input, each(context, 'sigmoid', steeper, {}, 'gate'));
});

/** gain · (x above 0, below it depth·(e^(x/width) − 1)) */
function bent(context: NodeContext, input: Running, gain: number, depth: number, width: number): Running {
  const below = each(context, 'clip', input, { minimum: -LARGEST_FLOAT32, maximum: 0 }, 'below');
  const narrow = width === 1 ? below : scaled(context, below, 1 / width, 0, 'narrow');
  const curve = scaled(context, each(context, 'exponential', narrow, {}, 'exponential'), gain * depth, -gain * depth, 'curve');
  const above = each(context, 'relu', input, {}, 'above');
  return sum(context, gain === 1 ? above : scaled(context, above, gain, 0, 'gain'), curve);
}
export const elu = everywhere((context, input) => bent(context, input, 1, context.float('alpha', 1), 1));
export const selu = everywhere((context, input) => bent(context, input, context.float('gamma', 1.0507009873554805), context.float('alpha', 1.6732632423543772), 1));
export const celu = everywhere((context, input) => {
  const alpha = context.float('alpha', 1);
  if (alpha === 0) throw new NotRunnable('alpha 0');
  return bent(context, input, 1, alpha, alpha);
});

/** ½·x·(1 + erf(x/√2)), or with tanh(√(2/π)·(x + 0.044715·x³)) in the place of erf. */
export const gelu = everywhere((context, input) => {
  const half = scaled(context, input, 0.5, 0, 'half');
  if (context.text('approximate', 'none') !== 'tanh') {
    const error = each(context, 'erf', scaled(context, input, Math.SQRT1_2, 0, 'line'), {}, 'erf');
    return product(context, half, scaled(context, error, 1, 1, 'gate'));
  }
  const root = Math.sqrt(2 / Math.PI);
  const square = each(context, 'power', input, { exponent: 2 }, 'square');
  const inner = product(context, input, scaled(context, square, root * 0.044715, root, 'cubic'));
  return product(context, half, scaled(context, each(context, 'tanh', inner, {}, 'tanh'), 1, 1, 'gate'));
});

/** Slopes below 0, one or one a channel: a shifted PReLU without shifts. */
export const prelu: Converter = (context) => {
  const input = context.running(0);
  const slope = context.needed(1, 'a slope');
  const rank = input.shape.length;
  const long = slope.dims.map((size, i) => ({ size, axis: i + rank - slope.dims.length })).filter(({ size }) => size !== 1);
  // Before operator set 7 a list of slopes ran along the channels.
  if (context.opset < 7 && slope.dims.length === 1 && long.length === 1) long[0] = { ...long[0], axis: 1 };
  const axis = long[0]?.axis ?? input.order[rank - 1];
  if (long.length > 1 || axis < 1 || (long.length === 1 && long[0].size !== input.shape[axis])) throw new NotRunnable(`slopes of ${slope.dims.join('×')}`);
  const order = input.order[rank - 1] === axis ? input.order : [...input.order.filter((a) => a !== axis), axis];
  const channels = input.shape[axis];
  const zeros = (): { shape: readonly number[]; values: Float32Array } => ({ shape: [channels], values: new Float32Array(channels) });
  const values = Float32Array.from({ length: channels }, (_, c) => slope.values[slope.values.length === 1 ? 0 : c]);
  const weights = { before: zeros(), slope: { shape: [channels], values }, after: zeros() };
  return context.result(context.add('rprelu', [context.inOrder(input, order)], {}, weights), order);
};

/** To real numbers nothing changes; whole ones would be cut off. */
export const cast: Converter = (context) => {
  if (![1, 10, 11, 16].includes(context.integer('to', 1))) throw new NotRunnable('whole numbers');
  return identity(context);
};
