import { elementCount, type Shape } from '../../graph/graph.ts';
import type { BufferFormat, Program, ProgramBuffer, StepParameters } from '../../runtime/program.ts';
import { channelShape } from './layout.ts';
import type { ElementType } from './messages.ts';
import type { ModelWriter } from './model-writer.ts';

/**
 * Both are operators on real numbers between DequantizeLinear and QuantizeLinear.
 * exact: real convolutions of whole numbers, whose sums are whole too, and the studio's own multiplications behind them: the same
 * bits in every runtime that has float32.
 * qdq: layers with 8-bit weights, additions and pools as accelerators know them, so that a runtime may compute them in integers of
 * its own, with its own rounding; everything else is exact.
 * qonnx: as exact, in the nodes Quant and BipolarQuant of the QONNX dialect instead (qonnx.ts): every value is a real number, and 8-bit
 * values are their distance from the zero point.
 */
export type OnnxForm = 'exact' | 'qdq' | 'qonnx';

/** A network on its way into a file. */
export interface Emission {
  readonly program: Program;
  readonly form: OnnxForm;
  readonly writer: ModelWriter;
  /** Name of each buffer's value in the file. */
  readonly names: readonly string[];
  /** Real units of one step of an int8 buffer; 1 where the program does not need to know. */
  readonly scales: readonly number[];
  /** Code of the real zero of an int8 buffer; 0 for others. */
  readonly zeroPoints: readonly number[];
}

/** A step's operands. */
export interface Operands {
  readonly inputs: readonly { readonly name: string; readonly buffer: ProgramBuffer; readonly scale: number; readonly zeroPoint: number }[];
  readonly output: { readonly buffer: ProgramBuffer; readonly scale: number };
  readonly parameters: StepParameters;
}

/** How a stored value lies in the file: signs are −1 and 1 in real numbers, which is all that runtimes multiply quickly. */
export function storedType(format: BufferFormat, form: OnnxForm): ElementType {
  return format === 'int8' && form !== 'qonnx' ? 'int8' : 'float32';
}

export function dequantised(writer: ModelWriter, value: string, scale: number, zeroPoint: number): string {
  return writer.helper('DequantizeLinear', [value, writer.scalar('float32', scale), writer.scalar('int8', zeroPoint)]);
}

export function quantised(writer: ModelWriter, value: string, scale: number, zeroPoint: number): string {
  return writer.helper('QuantizeLinear', [value, writer.scalar('float32', scale), writer.scalar('int8', zeroPoint)]);
}

/** min(max(x, low), high); infinite limits are left out. */
export function limited(writer: ModelWriter, value: string, low: number, high: number): string {
  if (low === 0 && high === Number.POSITIVE_INFINITY) return writer.helper('Relu', [value]);
  const limit = (number: number): string => (Number.isFinite(number) ? writer.scalar('float32', number) : '');
  const limits = [limit(low), limit(high)];
  if (limits.every((name) => name === '')) return value;
  return writer.helper('Clip', [value, ...(limits[1] === '' ? [limits[0]] : limits)]);
}

/** Limits in codes [zero point, low, high] of a value that is rounded afterwards: they are whole numbers, so they may come first. */
export function limitedToCodes(writer: ModelWriter, value: string, [zero, low, high]: ArrayLike<number> & Iterable<number>, scale: number): string {
  return limited(writer, value, low <= -128 ? Number.NEGATIVE_INFINITY : (low - zero) * scale, high >= 127 ? Number.POSITIVE_INFINITY : (high - zero) * scale);
}

/** +1 where the value reaches the threshold of its channel, else −1; thresholds in the type of the value. */
export function signsOf(writer: ModelWriter, value: string, thresholds: Float32Array | Int32Array, channelDims: readonly number[]): string {
  const type = thresholds instanceof Float32Array ? 'float32' : 'int32';
  const isPlus = writer.helper('GreaterOrEqual', [value, writer.constant('threshold', type, channelDims, thresholds)]);
  return writer.helper('Where', [isPlus, writer.scalar('float32', 1), writer.scalar('float32', -1)]);
}

/** The same of a value whose last axis repeats the channels of an image that was flattened. */
export function periodicSigns(writer: ModelWriter, value: string, thresholds: Float32Array | Int32Array, shape: Shape): string {
  const { length } = thresholds;
  const channels = shape[shape.length - 1];
  if (length === channels) return signsOf(writer, value, thresholds, channelShape(shape));
  if (isImage(shape)) {
    const each = thresholds instanceof Int32Array ? new Int32Array(channels) : new Float32Array(channels);
    return signsOf(writer, value, each.map((_, c) => thresholds[c % length]), channelShape(shape));
  }
  const pixels = writer.helper('Reshape', [value, writer.constant('pixels', 'int64', [3], [-1, elementCount(shape) / length, length])]);
  return writer.helper('Reshape', [signsOf(writer, pixels, thresholds, [length]), writer.constant('shape', 'int64', [shape.length], [-1, ...shape.slice(1)])]);
}

/** Real units of one step of every int8 buffer, as far as a step of the program says. */
export function scalesOf({ network, parameters }: Program): readonly number[] {
  const scales = new Map<number, number>();
  network.steps.forEach((step, index) => {
    const own = parameters[index];
    const note = (buffer: number, grid: StepParameters[string] | undefined): void => {
      if (grid && network.buffers[buffer].format === 'int8') scales.set(buffer, grid[0]);
    };
    if (step.kind === 'quantise') note(step.output, own['grid']);
    if (step.kind === 'dequantise') note(step.inputs[0], own['grid']);
    if (step.kind !== 'op') return;
    note(step.output, own['grid']);
    step.inputs.forEach((input, i) => note(input, own[`grid${i}`]));
  });
  return network.buffers.map((_, index) => scales.get(index) ?? 1);
}

/** Zero point of every int8 buffer: the step that makes it says so. */
export function zeroPointsOf({ network, parameters }: Program): readonly number[] {
  const zeroPoints = network.buffers.map(() => 0);
  network.steps.forEach(({ output }, index) => {
    const { grid, outputGrid } = parameters[index];
    if (network.buffers[output].format === 'int8') zeroPoints[output] = outputGrid?.[0] ?? grid?.[1] ?? 0;
  });
  return zeroPoints;
}

export function isImage(shape: Shape): boolean {
  return shape.length === 4;
}
