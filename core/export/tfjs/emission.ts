import type { Shape } from '../../graph/graph.ts';
import type { ProgramBuffer, StepParameters } from '../../runtime/program.ts';
import { flag, FLOAT, integers, text, type Attribute, type GraphWriter } from './graph-writer.ts';

/** A step's operands. Every stored value is float32 in the file: codes as whole numbers, signs as −1 and 1. */
export interface Operands {
  readonly inputs: readonly { readonly name: string; readonly buffer: ProgramBuffer }[];
  readonly output: { readonly buffer: ProgramBuffer };
  readonly parameters: StepParameters;
}

/** min(max(x, low), high); infinite limits are left out. */
export function limited(writer: GraphWriter, value: string, low: number, high: number): string {
  if (low === 0 && high === Number.POSITIVE_INFINITY) return writer.node('Relu', [value]);
  if (Number.isFinite(low) && Number.isFinite(high)) return writer.node('ClipByValue', [value, writer.scalar(low), writer.scalar(high)]);
  const above = Number.isFinite(low) ? writer.node('Maximum', [value, writer.scalar(low)]) : value;
  return Number.isFinite(high) ? writer.node('Minimum', [above, writer.scalar(high)]) : above;
}

/** Rounded half to even, which is what Round of tfjs does, moved to the zero point and kept within the codes. */
export function quantised(writer: GraphWriter, value: string, zeroPoint: number, low = -128, high = 127): string {
  const whole = writer.node('Round', [value]);
  const moved = zeroPoint === 0 ? whole : writer.node('AddV2', [whole, writer.scalar(zeroPoint)]);
  return limited(writer, moved, low, high);
}

/** (q − zero point) · scale. */
export function dequantised(writer: GraphWriter, value: string, scale: number, zeroPoint: number): string {
  const centred = zeroPoint === 0 ? value : writer.node('Sub', [value, writer.scalar(zeroPoint)]);
  return scale === 1 ? centred : writer.node('Mul', [centred, writer.scalar(scale)]);
}

/** +1 where the value reaches the threshold of its channel, else −1. */
export function signsOf(writer: GraphWriter, value: string, thresholds: ArrayLike<number>): string {
  const isPlus = writer.node('GreaterEqual', [value, writer.float32('threshold', [thresholds.length], thresholds)]);
  const one = writer.node('Cast', [isPlus], { SrcT: { type: 'DT_BOOL' }, DstT: FLOAT, Truncate: flag(false) });
  return writer.node('Sub', [writer.node('Mul', [one, writer.scalar(2)]), writer.scalar(1)]);
}

export function reshaped(writer: GraphWriter, value: string, shape: readonly number[]): string {
  return writer.node('Reshape', [value, writer.int32('shape', shape)], { T: FLOAT, Tshape: { type: 'DT_INT32' } });
}

/** The shape with any number of samples. */
export function batched(shape: Shape): readonly number[] {
  return [-1, ...shape.slice(1)];
}

/** Pads rows and columns of an image: [top, bottom], [left, right]. */
export function bordered(writer: GraphWriter, value: string, [top, bottom, left, right]: readonly number[], filling: number): string {
  if (top + bottom + left + right === 0) return value;
  return padded(writer, value, [0, top, left, 0], [0, bottom, right, 0], filling);
}

export function padded(writer: GraphWriter, value: string, before: readonly number[], after: readonly number[], filling: number): string {
  const pairs = before.flatMap((size, axis) => [size, after[axis]]);
  const sizes = writer.int32('paddings', pairs, [before.length, 2]);
  return writer.node('PadV2', [value, sizes, writer.scalar(filling)], { T: FLOAT, Tpaddings: { type: 'DT_INT32' } });
}

/** begin, begin + step, … of every axis but the samples'; an end below 0 is before the first. */
export function sliced(writer: GraphWriter, value: string, begin: readonly number[], end: readonly number[], step: readonly number[]): string {
  const mask = (bits: readonly boolean[]): Attribute => ({ i: String(bits.reduce((sum, bit, axis) => sum + (bit ? 2 ** axis : 0), 0)) });
  const isFirst = begin.map((_, axis) => axis === 0);
  return writer.node('StridedSlice', [value, writer.int32('begin', begin), writer.int32('end', end.map((last) => Math.max(0, last))), writer.int32('strides', step)], {
    T: FLOAT,
    Index: { type: 'DT_INT32' },
    begin_mask: mask(isFirst),
    end_mask: mask(end.map((last, axis) => axis === 0 || last < 0)),
    ellipsis_mask: { i: '0' },
    new_axis_mask: { i: '0' },
    shrink_axis_mask: { i: '0' },
  });
}

export interface Window {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly padding: readonly number[];
}

/** Conv2D or DepthwiseConv2dNative with zeros around. tfjs has strides or dilations, not both: then every position is computed. */
export function convolved(writer: GraphWriter, op: 'Conv2D' | 'DepthwiseConv2dNative', value: string, weights: string, { strides, dilations, padding }: Window): string {
  const isBoth = Math.max(...strides) > 1 && Math.max(...dilations) > 1;
  const steps = isBoth ? [1, 1] : strides;
  const hasBorder = padding.some((size) => size > 0);
  const result = writer.node(op, [value, weights], {
    T: FLOAT,
    strides: integers([1, ...steps, 1]),
    dilations: integers([1, ...dilations, 1]),
    padding: text(hasBorder ? 'EXPLICIT' : 'VALID'),
    explicit_paddings: integers(hasBorder ? [0, 0, ...padding, 0, 0] : []),
    data_format: text('NHWC'),
  });
  if (!isBoth) return result;
  // Ends beyond the last position stop there.
  const beyond = 2 ** 30;
  return sliced(writer, result, [0, 0, 0, 0], [beyond, beyond, beyond, beyond], [1, ...strides, 1]);
}
