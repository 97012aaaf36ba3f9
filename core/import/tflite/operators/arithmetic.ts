import type { OpAttributes, OpId, ValueId } from '../../../graph/graph.ts';
import { equalShapes } from '../../../graph/ops.ts';
import { NotRunnable } from '../../importer.ts';
import { checkActivation, type Converter, type OperatorContext } from '../context.ts';
import type { Constant } from '../tensor.ts';

/** A constant operand as one number a channel, the last axis. */
function perChannel(constant: Constant, channels: number, shape: readonly number[]): (channel: number) => number {
  const { values } = constant;
  if (values.length === 1) return () => values[0];
  if (values.length !== channels || constant.shape.at(-1) !== channels) throw new NotRunnable(`a constant of ${constant.shape.join('×')} for a value of ${shape.join('×')}`);
  return (channel) => values[channel];
}

interface Affine {
  readonly factor: number;
  readonly term: number;
}

/** y = factor·x + term per channel, kept as a batch norm without statistics; a pass moves what it can into the layer before. */
export function scaleAndShift(context: OperatorContext, input: ValueId, numbers: (channel: number) => Affine, part?: string): ValueId {
  const channels = context.shapeOf(input).at(-1) ?? 0;
  const values = Array.from({ length: channels }, (_, channel) => numbers(channel));
  const weight = (value: (n: Affine) => number) => ({ shape: [channels], values: Float32Array.from(values, value) });
  const weights = { gamma: weight(({ factor }) => factor), beta: weight(({ term }) => term), mean: weight(() => 0), variance: weight(() => 1) };
  return context.add('batch-norm', [input], { epsilon: 0 }, weights, part);
}

type Numbers = (operand: number) => Affine;

/** An operator of two operands. `first` and `second` say what a constant in that place does to the other; `both`: neither is one. */
const ofTwo = (first: Numbers | null, second: Numbers, both: ((context: OperatorContext) => ValueId) | null): Converter => (context) => {
  checkActivation(context);
  const [left, right] = [context.constant(0), context.constant(1)];
  const withConstant = (constant: Constant, at: number, numbers: Numbers): ValueId => {
    const input = context.running(at);
    const shape = context.shapeOf(input);
    const operand = perChannel(constant, shape.at(-1) ?? 0, shape);
    return scaleAndShift(context, input, (channel) => numbers(operand(channel)));
  };
  if (right && !left) return context.activated(withConstant(right, 0, second));
  if (left && !right && first) return context.activated(withConstant(left, 1, first));
  if (!left && !right && both) return context.activated(both(context));
  throw new NotRunnable('these operands');
};

function addValues(context: OperatorContext): ValueId {
  const [left, right] = [context.running(0), context.running(1)];
  const [from, to] = [context.shapeOf(left), context.shapeOf(right)];
  if (!equalShapes(from, to)) throw new NotRunnable(`adding ${from.join('×')} and ${to.join('×')}`);
  return context.add('add', [left, right], {});
}

/** a − b as a + (−1)·b. */
function subtractValues(context: OperatorContext): ValueId {
  const [left, right] = [context.running(0), context.running(1)];
  if (!equalShapes(context.shapeOf(left), context.shapeOf(right))) throw new NotRunnable('subtracting values of other shapes');
  return context.add('add', [left, scaleAndShift(context, right, () => ({ factor: -1, term: 0 }), 'negative')], {});
}

const plus: Numbers = (operand) => ({ factor: 1, term: operand });
const times: Numbers = (operand) => ({ factor: operand, term: 0 });
export const add = ofTwo(plus, plus, addValues);
export const subtract = ofTwo((operand) => ({ factor: -1, term: operand }), (operand) => ({ factor: 1, term: -operand }), subtractValues);
export const multiply = ofTwo(times, times, null);
export const divide = ofTwo(null, (operand) => ({ factor: 1 / operand, term: 0 }), null);
export const negative: Converter = (context) => scaleAndShift(context, context.running(0), () => ({ factor: -1, term: 0 }));

/** Applied to every number by itself. */
const everywhere = <K extends OpId>(op: K, attributes: OpAttributes[K]): Converter => (context) => context.add(op, [context.running(0)], attributes);

export const relu = everywhere('relu', {});
export const relu6 = everywhere('clip', { minimum: 0, maximum: 6 });
export const reluFromMinusOne = everywhere('clip', { minimum: -1, maximum: 1 });
export const reluToOne = everywhere('clip', { minimum: 0, maximum: 1 });
export const sigmoid = everywhere('sigmoid', {});
export const tanh = everywhere('tanh', {});
/** QUANTIZE and DEQUANTIZE: the same real number in another form. */
export const sameValue: Converter = (context) => context.running(0);
export const leakyRelu: Converter = (context) => context.add('leaky-relu', [context.running(0)], { alpha: context.number('alpha') });

/** One slope a channel, shared by the pixels. */
export const prelu: Converter = (context) => {
  const input = context.running(0);
  const shape = context.shapeOf(input);
  const channels = shape.at(-1) ?? 0;
  const slope = perChannel(context.needed(1, 'slopes'), channels, shape);
  const weight = (value: (channel: number) => number) => ({ shape: [channels], values: Float32Array.from({ length: channels }, (_, channel) => value(channel)) });
  return context.add('rprelu', [input], {}, { before: weight(() => 0), slope: weight(slope), after: weight(() => 0) });
};

/** MAXIMUM and MINIMUM against one constant number are clips. */
const bound = (side: 'minimum' | 'maximum'): Converter => (context) => {
  const at = context.constant(0) ? 0 : 1;
  const { values } = context.needed(at, 'a bound');
  if (values.length !== 1) throw new NotRunnable('a bound for each number');
  const range = { minimum: -LARGEST_FLOAT32, maximum: LARGEST_FLOAT32, [side]: values[0] };
  return side === 'minimum' && values[0] === 0 ? context.add('relu', [context.running(1 - at)], {}) : context.add('clip', [context.running(1 - at)], range);
};
const LARGEST_FLOAT32 = 3.4028234663852886e38;
export const maximum = bound('minimum');
export const minimum = bound('maximum');

export const softmax: Converter = (context) => {
  const input = context.running(0);
  const beta = context.number('beta');
  // softmax(beta·x); nearly every file has 1.
  const scaled = beta === 1 ? input : scaleAndShift(context, input, () => ({ factor: beta, term: 0 }), 'beta');
  return context.add('softmax', [scaled], {});
};
