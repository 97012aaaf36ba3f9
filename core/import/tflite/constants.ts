import { permute } from '../../tensor/permute.ts';
import type { TfliteOperator } from '../../tflite/model.ts';
import { elementCount, type Shape } from '../../graph/graph.ts';
import { wholeNumbers } from './context.ts';
import { stridedRange } from './operators/shape.ts';
import type { Constant } from './tensor.ts';

/** Constant inputs by place, and the shape of an input that is computed. */
export interface FoldInputs {
  readonly constant: (index: number) => Constant | null;
  readonly runningShape: (index: number) => Shape | null;
}

const list = (name: string, numbers: readonly number[], shape: Shape = [numbers.length]): Constant => ({ name, shape, values: Float64Array.from(numbers), stored: null });

/** Numbers along the one axis of a list. */
function cut(operator: TfliteOperator, inputs: FoldInputs, { name, shape, values }: Constant): Constant | null {
  const needed = (index: number): Constant => inputs.constant(index) ?? list('', []);
  const range = { number: (option: string) => Number(operator.options[option]), flag: (option: string) => operator.options[option] === true, needed };
  if (shape.length !== 1) return null;
  const { begin: [begin], end: [end], step: [step], removed } = stridedRange(range, shape);
  const picked: number[] = [];
  for (let i = begin; step > 0 ? i < end : i > end; i += step) picked.push(values[i]);
  return list(name, picked, removed.length > 0 ? [] : [picked.length]);
}

/** A list that is joined to itself again and again doubles each time; shapes have a few numbers. */
const LONGEST_LIST = 1024;

/** Joins parts of one axis or none. */
function joined(operator: TfliteOperator, inputs: FoldInputs): Constant | null {
  const parts = operator.inputs.map((_, index) => inputs.constant(index)).filter((part) => part !== null);
  const count = parts.reduce((sum, { values }) => sum + values.length, 0);
  if (parts.length === 0 || parts.length < operator.inputs.length || count > LONGEST_LIST || parts.some(({ shape, stored }) => shape.length > 1 || stored)) return null;
  return list('', parts.flatMap(({ values }) => [...values]));
}

/**
 * Operators on constants: weights that are stored as float16 or as codes and made real numbers by DEQUANTIZE, and the arithmetic of
 * shapes that converters write for a reshape. null: not foldable.
 * @throws NotRunnable as the readers of running values do
 */
export function foldConstant(operator: TfliteOperator, inputs: FoldInputs, outputShape: Shape): Constant | null {
  if (operator.custom) return null;
  const first = inputs.constant(0);
  if (operator.op === 'SHAPE') {
    const shape = first?.shape ?? inputs.runningShape(0);
    return shape && list('shape', shape);
  }
  if (operator.op === 'PACK' || operator.op === 'CONCATENATION') return joined(operator, inputs);
  if (!first) return null;
  switch (operator.op) {
    case 'DEQUANTIZE':
      return first;
    case 'CAST':
      return first.stored ? null : first;
    case 'STRIDED_SLICE':
      return cut(operator, inputs, first);
    case 'RESHAPE':
    case 'SQUEEZE':
    case 'EXPAND_DIMS':
      return first.stored || elementCount(outputShape) !== first.values.length ? null : { ...first, shape: outputShape };
    case 'TRANSPOSE': {
      const order = inputs.constant(1);
      if (!order || first.stored) return null;
      const permutation = wholeNumbers(order);
      const fits = permutation.length === first.shape.length && new Set(permutation).size === permutation.length && permutation.every((axis) => first.shape[axis] !== undefined);
      return fits ? { ...first, shape: permutation.map((axis) => first.shape[axis]), values: permute(first.values, first.shape, permutation) } : null;
    }
    default:
      return null;
  }
}
