import type { Shape } from '../../graph/graph.ts';
import type { LayerStep, ProgramBuffer, StepParameters } from '../../runtime/program.ts';
import { ACTIVATIONS, type TfliteActivation } from '../../tflite/schema.ts';
import type { BufferGrid } from './grids.ts';
import type { Border } from './geometry.ts';
import { perTensor, SIGN_GRID, type ModelBuilder, type ValueSpec } from './model-builder.ts';

/**
 * builtin: TensorFlow Lite's own operators; signs are 8-bit numbers −1 and 1.
 * lce: one-bit layers as Larq Compute Engine's operators; signs are bits.
 */
export type TfliteForm = 'builtin' | 'lce';

/** A network on its way into a file. */
export interface Emission {
  readonly form: TfliteForm;
  readonly builder: ModelBuilder;
  /** Sign buffers that the file has with the signs turned, so that a border of −1 is one of +1. */
  readonly turned: ReadonlySet<number>;
}

export interface Operand {
  readonly index: number;
  readonly tensor: number;
  readonly buffer: ProgramBuffer;
  readonly grid: BufferGrid | null;
}

export interface Operands {
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly parameters: StepParameters;
}

export interface LayerParts extends Operands {
  readonly step: LayerStep;
}

/** How a stored value lies in the file. */
export function storedSpec({ shape, format }: ProgramBuffer, grid: BufferGrid | null, form: TfliteForm): ValueSpec {
  if (format === 'float32') return { shape, type: 'FLOAT32' };
  if (format === 'int8') return { shape, type: 'INT8', quantization: gridSpec(grid!) };
  if (form === 'builtin') return { shape, type: 'INT8', quantization: SIGN_GRID };
  return { shape: wordShape(shape), type: 'INT32' };
}

export const gridSpec = ({ scale, zeroPoint }: BufferGrid) => perTensor(scale, zeroPoint);

/** 32 signs a word along the last axis; values that are no image are one pixel. */
export function wordShape(shape: Shape): readonly number[] {
  const image = imageShape(shape);
  return [...image.slice(0, 3), Math.ceil(image[3] / 32)];
}

export const isImage = (shape: readonly number[]): boolean => shape.length === 4;

export function imageShape(shape: Shape): readonly number[] {
  return isImage(shape) ? shape : [1, 1, shape.slice(0, -1).reduce((product, size) => product * size, 1), shape[shape.length - 1]];
}

export const activation = (name: TfliteActivation): number => ACTIVATIONS.indexOf(name);

/** Real limits of the activations that operators fuse. */
const FUSED: readonly (readonly [TfliteActivation, number, number])[] = [
  ['NONE', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['RELU', 0, Number.POSITIVE_INFINITY],
  ['RELU6', 0, 6],
  ['RELU_N1_TO_1', -1, 1],
];

export function fusedOf(low: number, high: number): TfliteActivation | null {
  return FUSED.find(([, least, most]) => least === low && most === high)?.[0] ?? null;
}

/** The activation that has these codes on the grid, as the runtime works them out: rounded half away from zero. */
export function fusedCodes([low, high]: readonly [number, number], { scale, zeroPoint }: BufferGrid): TfliteActivation | null {
  const code = (real: number): number => zeroPoint + Math.sign(real) * Math.floor(Math.abs(real / scale) + 0.5);
  return FUSED.find(([, least, most]) => Math.max(-128, code(least)) === low && Math.min(127, code(most)) === high)?.[0] ?? null;
}

/** Codes limited by operators of their own. */
export function limitedCodes(builder: ModelBuilder, value: number, [low, high]: readonly [number, number], result: ValueSpec): number {
  const grid = builder.gridOf(value)!;
  let limited = value;
  if (low > -128) limited = builder.op('MAXIMUM', [limited, builder.code(low, grid)], result);
  return high < 127 ? builder.op('MINIMUM', [limited, builder.code(high, grid)], result) : limited;
}

const ALONE: Readonly<Partial<Record<TfliteActivation, string>>> = { RELU: 'RELU', RELU6: 'RELU6', RELU_N1_TO_1: 'RELU_N1_TO_1' };

/** min(max(x, low), high) of real numbers. */
export function limitedReal(builder: ModelBuilder, value: number, low: number, high: number): number {
  const result: ValueSpec = { shape: builder.shapeOf(value), type: 'FLOAT32' };
  const fused = fusedOf(low, high);
  if (fused === 'NONE') return value;
  if (fused !== null) return builder.op(ALONE[fused]!, [value], result);
  const least = low > Number.NEGATIVE_INFINITY ? builder.op('MAXIMUM', [value, builder.scalar(low)], result) : value;
  return high < Number.POSITIVE_INFINITY ? builder.op('MINIMUM', [least, builder.scalar(high)], result) : least;
}

export function reshaped(builder: ModelBuilder, value: number, shape: readonly number[]): number {
  const own = builder.shapeOf(value);
  if (own.length === shape.length && own.every((size, axis) => size === shape[axis])) return value;
  return builder.op('RESHAPE', [value, builder.integers([...shape])], { shape, type: builder.typeOf(value), quantization: builder.gridOf(value) }, { new_shape: [...shape] });
}

/** The value with an explicit border: zeros, codes of zero, or `fill`. */
export function bordered(builder: ModelBuilder, value: number, { explicit }: Border, fill: number | null = null): number {
  if (explicit === null) return value;
  const [, height, width, channels] = builder.shapeOf(value);
  const [[top, bottom], [left, right]] = explicit;
  const result: ValueSpec = { shape: [1, top + height + bottom, left + width + right, channels], type: builder.typeOf(value), quantization: builder.gridOf(value) };
  const sizes = builder.integers([0, 0, top, bottom, left, right, 0, 0], [4, 2]);
  if (fill === null) return builder.op('PAD', [value, sizes], result);
  const filler = result.type === 'INT8' ? builder.code(fill, result.quantization!) : builder.scalar(fill);
  return builder.op('PADV2', [value, sizes, filler], result);
}
