import { elementCount, type Shape, type ValueId } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import { checkActivation, wholeNumbers, type Converter, type OperatorContext } from '../context.ts';

function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!(counted >= 0 && counted < rank)) throw new NotRunnable(`axis ${axis} of ${rank}`);
  return counted;
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS say in the file what they make. */
export const reshape: Converter = (context) => {
  const shape = context.outputShape;
  if (shape[0] !== 1) throw new NotRunnable(`a reshape to ${shape.join('×') || 'one number'} that mixes samples`);
  return context.add('reshape', [context.running(0)], { shape });
};

export const transpose: Converter = (context) => {
  const permutation = wholeNumbers(context.needed(1, 'an order of axes'));
  if (permutation[0] !== 0) throw new NotRunnable('a transpose that moves the batch');
  return context.add('transpose', [context.running(0)], { permutation });
};

/** Pairs of sizes, before and after each axis. PADV2 says what stands there. */
export const pad: Converter = (context) => {
  const input = context.running(0);
  const sizes = wholeNumbers(context.needed(1, 'sizes'));
  const value = context.constant(2)?.values[0] ?? 0;
  if (value !== 0 || context.inputs > 2 && !context.constant(2)) throw new NotRunnable(`padding with ${value}`);
  if (sizes.length !== 2 * context.shapeOf(input).length) throw new NotRunnable(`${sizes.length} sizes of padding`);
  return context.add('pad', [input], { before: sizes.filter((_, i) => i % 2 === 0), after: sizes.filter((_, i) => i % 2 === 1) });
};

export const concatenation: Converter = (context) => {
  checkActivation(context);
  const inputs = Array.from({ length: context.inputs }, (_, index) => context.running(index));
  const axis = axisOf(context.number('axis'), context.shapeOf(inputs[0]).length);
  return context.activated(context.add('concat', inputs, { axis }));
};

export const slice: Converter = (context) => {
  const input = context.running(0);
  const shape = context.shapeOf(input);
  const begin = wholeNumbers(context.needed(1, 'a begin'));
  const size = wholeNumbers(context.needed(2, 'a size'));
  const end = begin.map((from, axis) => (size[axis] === -1 ? shape[axis] : from + size[axis]));
  return context.add('slice', [input], { begin, end, step: begin.map(() => 1) });
};

/** Begin, end and step of each axis, as the masks leave them. */
export function stridedRange(context: Pick<OperatorContext, 'number' | 'flag' | 'needed'>, shape: Shape): { readonly begin: number[]; readonly end: number[]; readonly step: number[]; readonly removed: readonly number[] } {
  const [begins, ends, steps] = ['a begin', 'an end', 'a step'].map((what, i) => wholeNumbers(context.needed(i + 1, what)));
  if (context.number('ellipsis_mask') !== 0 || context.number('new_axis_mask') !== 0) throw new NotRunnable('a slice with new axes');
  if (begins.length > shape.length || ends.length !== begins.length || steps.length !== begins.length) throw new NotRunnable(`a slice of ${begins.length} axes`);
  const masked = (mask: string, axis: number): boolean => ((context.number(mask) >> axis) & 1) === 1;
  const removed: number[] = [];
  const range = shape.map((size, axis) => {
    if (axis >= begins.length) return [0, size, 1];
    const step = steps[axis];
    if (step === 0) throw new NotRunnable('a slice with step 0');
    const clamp = (position: number, low: number, high: number): number => Math.min(Math.max(position < 0 ? position + size : position, low), high);
    if (masked('shrink_axis_mask', axis)) {
      removed.push(axis);
      const at = clamp(begins[axis], 0, size - 1);
      return [at, at + 1, 1];
    }
    const forward = step > 0;
    const stated = context.flag('offset') ? begins[axis] + ends[axis] : ends[axis];
    const from = masked('begin_mask', axis) ? (forward ? 0 : size - 1) : forward ? clamp(begins[axis], 0, size) : clamp(begins[axis], 0, size - 1);
    const to = masked('end_mask', axis) ? (forward ? size : -1) : forward ? clamp(stated, 0, size) : clamp(stated, -1, size - 1);
    return [from, to, step];
  });
  return { begin: range.map(([from]) => from), end: range.map(([, to]) => to), step: range.map(([, , step]) => step), removed };
}

export const stridedSlice: Converter = (context) => {
  const input = context.running(0);
  const { begin, end, step, removed } = stridedRange(context, context.shapeOf(input));
  if (removed.includes(0)) throw new NotRunnable('a slice that removes the batch');
  const cut = context.add('slice', [input], { begin, end, step }, {}, removed.length > 0 ? 'slice' : '');
  if (removed.length === 0) return cut;
  return context.add('reshape', [cut], { shape: context.shapeOf(cut).filter((_, axis) => !removed.includes(axis)) });
};

/** Over height and width of an image. */
function spatial(context: OperatorContext): ValueId {
  const input = context.running(0);
  const shape = context.shapeOf(input);
  const axes = wholeNumbers(context.needed(1, 'axes')).map((axis) => axisOf(axis, shape.length));
  if (shape.length !== 4 || [...axes].sort((a, b) => a - b).join() !== '1,2') throw new NotRunnable(`axes ${axes.join(', ')} of ${shape.join('×')}`);
  return input;
}

export const mean: Converter = (context) => {
  const input = spatial(context);
  const keeps = context.flag('keep_dims');
  const pooled = context.add('global-average-pool', [input], {}, {}, keeps ? 'mean' : '');
  return keeps ? context.add('reshape', [pooled], { shape: [1, 1, 1, elementCount(context.shapeOf(pooled))] }) : pooled;
};

export const largest: Converter = (context) => {
  const input = spatial(context);
  const [, sizeY, sizeX, channels] = context.shapeOf(input);
  const keeps = context.flag('keep_dims');
  const window = { sizeY, sizeX, strideY: 1, strideX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
  const pooled = context.add('max-pool', [input], window, {}, keeps ? '' : 'max');
  return keeps ? pooled : context.add('reshape', [pooled], { shape: [1, channels] });
};
