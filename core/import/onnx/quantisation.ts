import { roundHalfEven } from '../../base/round.ts';
import { elementCount } from '../../graph/graph.ts';
import { NotRunnable } from '../importer.ts';
import type { NodeProto } from './schema.ts';
import type { Constant } from './tensor.ts';

/** real = (code − zero) · scale: one of each, or one a channel. */
export interface CodeGrid {
  readonly scale: ArrayLike<number>;
  readonly zero: ArrayLike<number>;
  /** Element type of the codes, as in `tensor.ts`. */
  readonly type: string;
}

interface Range {
  readonly bits: number;
  readonly minimum: number;
  readonly maximum: number;
}

const signedRange = (bits: number): Range => ({ bits, minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 });
const unsignedRange = (bits: number): Range => ({ bits, minimum: 0, maximum: 2 ** bits - 1 });

export const TYPE_RANGES: Readonly<Record<string, Range>> = {
  uint4: unsignedRange(4),
  int4: signedRange(4),
  uint8: unsignedRange(8),
  int8: signedRange(8),
  uint16: unsignedRange(16),
  int16: signedRange(16),
};

/** `fallback`: the type where no zero point says it. */
export function gridOf(scale: Constant, zero: Constant | null, fallback: string): CodeGrid {
  if (zero && zero.values.length !== scale.values.length && zero.values.length !== 1) throw new NotRunnable(`${zero.values.length} zero points and ${scale.values.length} scales`);
  return { scale: scale.values, zero: zero?.values ?? [0], type: zero?.type ?? fallback };
}

/** The channel of each number: `count` channels along an axis. NotRunnable where the axis has another size. */
function channelsAlong({ dims, values }: Constant, axis: number, count: number): (index: number) => number {
  if (count === 1) return () => 0;
  const at = axis < 0 ? axis + dims.length : axis;
  if (dims[at] !== count || values.length === 0) throw new NotRunnable(`${count} scales for a constant of ${dims.join('×')}`);
  const inner = elementCount(dims.slice(at + 1));
  return (index) => Math.floor(index / inner) % count;
}

/** Types that weights are stored in as codes. */
export const CODE_TYPES: ReadonlySet<string> = new Set([...Object.keys(TYPE_RANGES), 'int2', 'uint2']);

/** The real numbers that codes stand for, with their distances from the zero point. */
export function dequantised(codes: Constant, grid: CodeGrid, axis: number): Constant {
  const channel = channelsAlong(codes, axis, grid.scale.length);
  const zeroAt = (index: number): number => grid.zero[grid.zero.length === 1 ? 0 : channel(index)];
  const distances = Float32Array.from(codes.values, (code, index) => code - zeroAt(index));
  const values = Float32Array.from(distances, (distance, index) => distance * grid.scale[channel(index)]);
  const type = (codes.type ?? grid.type).toUpperCase();
  return { dims: codes.dims, kind: 'real', values, stored: { type, distances } };
}

/** As every quantiser of ONNX rounds; no negative zero, which would be another number in a hash. */
const rounded = (value: number): number => roundHalfEven(value) + 0;

/** Codes of real numbers on a grid. */
export function coded(real: Constant, grid: CodeGrid, axis: number): Constant | null {
  const range = TYPE_RANGES[grid.type];
  if (!range) return null;
  return { dims: real.dims, kind: 'integer', type: grid.type, values: Float64Array.from(codesOf(real, grid, axis, range, rounded)) };
}

function codesOf(real: Constant, grid: CodeGrid, axis: number, { minimum, maximum }: Range, round: (value: number) => number): Float32Array {
  const channel = channelsAlong(real, axis, grid.scale.length);
  const zeroAt = (index: number): number => grid.zero[grid.zero.length === 1 ? 0 : channel(index)];
  return Float32Array.from(real.values, (value, index) => Math.min(maximum, Math.max(minimum, round(Math.fround(value / grid.scale[channel(index)]) + zeroAt(index)))));
}

const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  ROUND: rounded,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  DOWN: Math.trunc,
  ROUND_TO_ZERO: Math.trunc,
};

/** Grid and limits of a QONNX Quant; bits are whole. */
export function fakeQuantised(node: NodeProto, scale: Constant, zero: Constant, bitWidth: Constant): CodeGrid & Range {
  const [bits] = bitWidth.values;
  if (bitWidth.values.length !== 1 || !Number.isInteger(bits) || bits < 1 || bits > 32) throw new NotRunnable(`${[...bitWidth.values].slice(0, 4).join(', ')} bits`);
  const isSigned = (node.attributes.get('signed')?.integer ?? 1) === 1;
  const isNarrow = node.attributes.get('narrow')?.integer === 1;
  const range = isSigned ? signedRange(bits) : unsignedRange(bits);
  const limits = { minimum: range.minimum + (isSigned && isNarrow ? 1 : 0), maximum: range.maximum - (!isSigned && isNarrow ? 1 : 0) };
  return { scale: scale.values, zero: zero.values, type: `${isSigned ? '' : 'u'}int${bits}`, bits, ...limits };
}

/** Numbers that a QONNX Quant makes of constants; null where its settings are not known. */
export function quantisedConstant(node: NodeProto, real: Constant, scale: Constant, zero: Constant, bitWidth: Constant): Constant | null {
  const grid = fakeQuantised(node, scale, zero, bitWidth);
  const round = ROUNDINGS[node.attributes.get('rounding_mode')?.text ?? 'ROUND'];
  const axis = scale.dims.findIndex((size) => size !== 1);
  if (!round || (scale.values.length > 1 && scale.dims.length !== real.dims.length)) return null;
  const values = codesOf(real, grid, axis, grid, round);
  return dequantised({ dims: real.dims, kind: 'integer', values, type: grid.type }, grid, axis);
}

/** ±scale, by the sign: QONNX BipolarQuant of constants. */
export function bipolarConstant(real: Constant, scale: Constant): Constant | null {
  if (scale.values.length !== 1) return null;
  const distances = Float32Array.from(real.values, (value) => (value >= 0 ? 1 : -1));
  return { dims: real.dims, kind: 'real', values: distances.map((sign) => sign * scale.values[0]), stored: { type: 'BIPOLAR', distances } };
}
