import { NotRunnable } from '../../importer.ts';
import type { Converter, NodeContext, Running } from '../context.ts';
import type { Constant } from '../tensor.ts';
import { each, LARGEST_FLOAT32, pairwise, plus, scaled, scaledBy, times, type Line } from './values.ts';

type Numbers = (operand: number) => Line;
type OfTwo = (context: NodeContext, left: Running, right: Running) => Running;

/** An operator with two operands. `first` and `second` say what a constant in that place does to the other. */
const ofTwo = (first: ((context: NodeContext, constant: Constant, right: Running) => Running), second: Numbers, both: OfTwo): Converter => (context) => {
  const left = context.constant(0);
  const right = context.constant(1);
  if (right && !left) return scaledBy(context, context.running(0), right, second);
  if (left && !right) return first(context, left, context.running(1));
  return both(context, context.running(0), context.running(1));
};

const reciprocal = (context: NodeContext, value: Running): Running => each(context, 'power', value, { exponent: -1 }, 'reciprocal');

export const sum: OfTwo = (context, a, b) => pairwise(context, 'add', a, b);
export const difference: OfTwo = (context, a, b) => pairwise(context, 'add', a, scaled(context, b, -1, 0, 'minus'));
export const product: OfTwo = (context, a, b) => pairwise(context, 'multiply', a, b);
const quotient: OfTwo = (context, a, b) => pairwise(context, 'multiply', a, reciprocal(context, b));

const turned = (numbers: Numbers) => (context: NodeContext, constant: Constant, right: Running): Running => scaledBy(context, right, constant, numbers);

export const add = ofTwo(turned(plus), plus, sum);
export const subtract = ofTwo(turned((operand) => ({ factor: -1, term: operand })), (operand) => ({ factor: 1, term: -operand }), difference);
export const multiply = ofTwo(turned(times), times, product);
export const divide = ofTwo((context, constant, right) => scaledBy(context, reciprocal(context, right), constant, times), (operand) => ({ factor: 1 / operand, term: 0 }), quotient);

export const power: Converter = (context) => {
  const { values } = context.needed(1, 'an exponent');
  if (values.length !== 1) throw new NotRunnable(`${values.length} exponents`);
  const input = context.running(0);
  return values[0] === 1 ? each(context, 'identity', input, {}) : each(context, 'power', input, { exponent: values[0] });
};

/** The larger of two: a + relu(b − a). */
const larger: OfTwo = (context, a, b) => pairwise(context, 'add', a, each(context, 'relu', difference(context, b, a), {}, 'above'));
const smaller: OfTwo = (context, a, b) => pairwise(context, 'add', a, scaled(context, each(context, 'relu', difference(context, a, b), {}, 'above'), -1, 0, 'minus'));

export function clipped(context: NodeContext, input: Running, minimum: number, maximum: number): Running {
  if (minimum === 0 && maximum >= LARGEST_FLOAT32) return each(context, 'relu', input, {});
  return each(context, 'clip', input, { minimum: Math.max(minimum, -LARGEST_FLOAT32), maximum: Math.min(maximum, LARGEST_FLOAT32) });
}

/** Any number of operands, of which constants are single numbers. */
const ofMany = (both: OfTwo, constant: (context: NodeContext, value: Running, operand: Constant) => Running, last: (context: NodeContext, value: Running, count: number) => Running = (_, value) => value): Converter => (context) => {
  const { inputs } = context.node;
  const isConstant = inputs.map((_, index) => context.constant(index));
  const running = inputs.flatMap((_, index) => (isConstant[index] ? [] : [context.running(index)]));
  if (running.length === 0) throw new NotRunnable('constants alone');
  let value = running.slice(1).reduce((all, next) => both(context, all, next), running[0]);
  for (const operand of isConstant) if (operand) value = constant(context, value, operand);
  if (running.length === 1 && value === running[0]) value = each(context, 'identity', value, {});
  return last(context, value, inputs.length);
};

function single({ values, dims }: Constant): number {
  if (values.length !== 1) throw new NotRunnable(`a constant of ${dims.join('×')}`);
  return values[0];
}

export const maximum = ofMany(larger, (context, value, operand) => clipped(context, value, single(operand), LARGEST_FLOAT32));
export const minimum = ofMany(smaller, (context, value, operand) => clipped(context, value, -LARGEST_FLOAT32, single(operand)));
export const total = ofMany(sum, (context, value, operand) => scaledBy(context, value, operand, plus));
export const mean = ofMany(sum, (context, value, operand) => scaledBy(context, value, operand, plus), (context, value, count) => scaled(context, value, 1 / count, 0, 'mean'));
