import type { ValueId } from '../../../graph/graph.ts';
import type { NewWeight } from '../../builder.ts';
import { NotRunnable } from '../../importer.ts';
import type { Converter, NodeContext } from '../context.ts';
import type { Constant } from '../weights.ts';

/** A constant as one number a channel: one for all, or along the last axis. */
export function channelWeight({ shape, values }: Constant, channels: number): NewWeight {
  if (values.length === 1) return { shape: [channels], values: new Float32Array(channels).fill(values[0]) };
  if (values.length !== channels || shape.at(-1) !== channels) throw new NotRunnable(`a constant of ${shape.join('×')} for ${channels} channels`);
  return { shape: [channels], values };
}

const channelsOf = (context: NodeContext, value: ValueId): number => context.builder.shapeOf(value).at(-1) ?? 1;

type Activation = (context: NodeContext, value: ValueId, suffix: string, operand: number) => ValueId;

const zeros = (channels: number): NewWeight => ({ shape: [channels], values: new Float32Array(channels) });

/** By TensorFlow's names, fused or not. `operand` is the input with the slopes of a Prelu. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  Relu: (context, value, suffix) => context.add('relu', [value], {}, {}, suffix),
  Relu6: (context, value, suffix) => context.add('clip', [value], { minimum: 0, maximum: 6 }, {}, suffix),
  LeakyRelu: (context, value, suffix) => context.add('leaky-relu', [value], { alpha: context.float(suffix === '' ? 'alpha' : 'leakyrelu_alpha', 0.2) }, {}, suffix),
  Prelu: (context, value, suffix, operand) => {
    const channels = channelsOf(context, value);
    return context.add('rprelu', [value], {}, { before: zeros(channels), slope: channelWeight(context.needed(operand, 'slopes'), channels), after: zeros(channels) }, suffix);
  },
  Sigmoid: (context, value, suffix) => context.add('sigmoid', [value], {}, {}, suffix),
  Tanh: (context, value, suffix) => context.add('tanh', [value], {}, {}, suffix),
};

/** The activation that a fused node applies: a node of its own after the layer, which runs even where the activation does not. */
export function activated(context: NodeContext, name: string, value: ValueId, operand: number): ValueId {
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name](context, value, `/${name}`, operand);
  return context.builder.addUnknown(`${context.name}/${name}`, name, [value], context.builder.shapeOf(value));
}

export const activation = (name: string): Converter => (context) => ACTIVATIONS[name](context, context.running(0), '', 1);

export const softmax: Converter = (context) => context.add('softmax', [context.running(0)], {});
export const identity: Converter = (context) => context.constant(0) ?? context.add('identity', [context.running(0)], {});

const LARGEST_FLOAT32 = 3.4028234663852886e38;

function clipped(context: NodeContext, value: ValueId, minimum: number, maximum: number): ValueId {
  if (minimum === 0 && maximum >= LARGEST_FLOAT32) return context.add('relu', [value], {});
  return context.add('clip', [value], { minimum: Math.max(minimum, -LARGEST_FLOAT32), maximum: Math.min(maximum, LARGEST_FLOAT32) });
}

function only(constant: Constant): number {
  if (constant.values.length === 1) return constant.values[0];
  throw new NotRunnable(`a limit of ${constant.shape.join('×')}`);
}

export const clip: Converter = (context) => clipped(context, context.running(0), only(context.needed(1, 'a minimum')), only(context.needed(2, 'a maximum')));

const limit = (limits: (bound: number) => readonly [number, number]): Converter => (context) => {
  const index = context.constant(0) ? 1 : 0;
  const [minimum, maximum] = limits(only(context.needed(1 - index, 'a limit')));
  return clipped(context, context.running(index), minimum, maximum);
};
export const maximum = limit((bound) => [bound, LARGEST_FLOAT32]);
export const minimum = limit((bound) => [-LARGEST_FLOAT32, bound]);

type Numbers = (operand: number) => { readonly factor: number; readonly term: number };

/** y = factor·x + term a channel, kept as a batch norm without statistics; a pass moves it into the layer before it. */
function scaled(context: NodeContext, index: number, constant: Constant, numbers: Numbers): ValueId {
  const value = context.running(index);
  const channels = channelsOf(context, value);
  const { values } = channelWeight(constant, channels);
  const weight = (of: (operand: number) => number): NewWeight => ({ shape: [channels], values: Float32Array.from(values, of) });
  return context.add('batch-norm', [value], { epsilon: 0 }, { gamma: weight((v) => numbers(v).factor), beta: weight((v) => numbers(v).term), mean: weight(() => 0), variance: weight(() => 1) });
}

/** An operator with one constant operand; `first` and `second` say what a constant in that place does to the other. */
const withConstant = (first: Numbers | null, second: Numbers, both: Converter | null): Converter => (context) => {
  const [left, right] = [context.constant(0), context.constant(1)];
  if (right && !left) return scaled(context, 0, right, second);
  if (left && !right && first) return scaled(context, 1, left, first);
  if (!left && !right && both) return both(context);
  throw new NotRunnable('these operands');
};

const plus: Numbers = (operand) => ({ factor: 1, term: operand });
const times: Numbers = (operand) => ({ factor: operand, term: 0 });

export const add = withConstant(plus, plus, (context) => {
  const [left, right] = [context.shape(0), context.shape(1)];
  if (left.join() !== right.join()) throw new NotRunnable(`adding ${left.join('×')} and ${right.join('×')}`);
  return context.add('add', [context.running(0), context.running(1)], {});
});
export const subtract = withConstant((operand) => ({ factor: -1, term: operand }), (operand) => ({ factor: 1, term: -operand }), null);
export const multiply = withConstant(times, times, null);
export const divide = withConstant(null, (operand) => ({ factor: 1 / operand, term: 0 }), null);

export const batchNorm: Converter = (context) => {
  if (context.flag('is_training')) throw new NotRunnable('batch statistics of training');
  if (context.text('data_format', 'NHWC') !== 'NHWC') throw new NotRunnable('channels that are not last');
  const value = context.running(0);
  const channels = channelsOf(context, value);
  const [gamma, beta, mean, variance] = ['a scale', 'an offset', 'a mean', 'a variance'].map((what, i) => channelWeight(context.needed(i + 1, what), channels));
  return context.add('batch-norm', [value], { epsilon: context.float('epsilon', 1e-4) }, { gamma, beta, mean, variance });
};
