import { fromFloat16 } from '../../base/float16.ts';
import { StudioError } from '../../base/errors.ts';
import { elementCount, type Shape } from '../../graph/graph.ts';
import type { TfliteModel, TfliteQuantization, TfliteTensor, TfliteType } from '../../tflite/model.ts';

/** Integers as they stand in the file, with the grid that makes real numbers of them. */
export interface StoredCodes {
  readonly type: TfliteType;
  readonly codes: Int32Array;
  readonly grid: TfliteQuantization;
}

/** A tensor whose numbers the file gives. */
export interface Constant {
  readonly name: string;
  readonly shape: Shape;
  /** Real numbers; whole ones beyond 2^53 are rounded. */
  readonly values: Float32Array | Float64Array;
  /** null where the numbers are not quantised. */
  readonly stored: StoredCodes | null;
}

type Read = (view: DataView, at: number) => number;

const READERS: Partial<Record<TfliteType, { readonly bytes: number; readonly whole: boolean; readonly read: Read }>> = {
  FLOAT32: { bytes: 4, whole: false, read: (view, at) => view.getFloat32(at, true) },
  FLOAT16: { bytes: 2, whole: false, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
  FLOAT64: { bytes: 8, whole: false, read: (view, at) => view.getFloat64(at, true) },
  INT8: { bytes: 1, whole: true, read: (view, at) => view.getInt8(at) },
  UINT8: { bytes: 1, whole: true, read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, whole: true, read: (view, at) => view.getUint8(at) },
  INT16: { bytes: 2, whole: true, read: (view, at) => view.getInt16(at, true) },
  UINT16: { bytes: 2, whole: true, read: (view, at) => view.getUint16(at, true) },
  INT32: { bytes: 4, whole: true, read: (view, at) => view.getInt32(at, true) },
  UINT32: { bytes: 4, whole: true, read: (view, at) => view.getUint32(at, true) },
  INT64: { bytes: 8, whole: true, read: (view, at) => Number(view.getBigInt64(at, true)) },
};

/** The numbers as they stand, before any scale. null: not of a type that numbers are read from, or no numbers at all. */
function storedNumbers(bytes: Uint8Array, { name, shape, type }: TfliteTensor, file: string): Float64Array | null {
  const count = elementCount(shape);
  const row = READERS[type];
  const size = type === 'INT4' ? Math.ceil(count / 2) : row && count * row.bytes;
  if (size === undefined || bytes.length === 0) return null;
  if (bytes.length < size) {
    throw new StudioError(`${file} gives ${bytes.length} bytes for ${name}, which has ${size}.`, {
      where: `${file}, ${name}`,
      next: 'The file is damaged or incomplete; download or convert it again.',
    });
  }
  // Two to a byte, the first in the low half.
  if (!row) return Float64Array.from({ length: count }, (_, i) => (((bytes[i >> 1] >> (4 * (i & 1))) & 15) << 28) >> 28);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: count }, (_, i) => row.read(view, i * row.bytes));
}

function dequantised(codes: Float64Array, { name, shape }: TfliteTensor, grid: TfliteQuantization, file: string): Float32Array {
  const { scale, zeroPoint } = grid;
  // Some converters give biases the axis of the kernel beside them.
  const axis = shape.length === 1 ? 0 : grid.axis;
  const fits = scale.length === 1 || (axis >= 0 && axis < shape.length && shape[axis] === scale.length);
  if (!fits) {
    throw new StudioError(`${file} gives ${scale.length} scales for ${name} of ${shape.join('×')}.`, {
      where: `${file}, ${name}`,
      next: 'The file is damaged; download or convert it again.',
    });
  }
  const inner = scale.length === 1 ? codes.length : elementCount(shape.slice(axis + 1));
  return Float32Array.from(codes, (code, i) => {
    const channel = Math.floor(i / inner) % scale.length;
    return scale[channel] * (code - zeroPoint[channel]);
  });
}

/** @throws StudioError where bytes, shape and scales do not fit together */
export function readConstant(model: TfliteModel, tensor: TfliteTensor, file: string): Constant | null {
  const { name, shape, type, quantization } = tensor;
  const numbers = storedNumbers(model.buffers[tensor.buffer], tensor, file);
  if (!numbers) return null;
  const whole = type === 'INT4' || READERS[type]?.whole === true;
  if (!whole) return { name, shape, values: Float32Array.from(numbers), stored: null };
  if (!quantization) return { name, shape, values: numbers, stored: null };
  return { name, shape, values: dequantised(numbers, tensor, quantization, file), stored: { type, codes: Int32Array.from(numbers), grid: quantization } };
}
