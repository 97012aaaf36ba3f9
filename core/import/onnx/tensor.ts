import { StudioError } from '../../base/errors.ts';
import { fromFloat16 } from '../../base/float16.ts';
import { elementCount } from '../../graph/graph.ts';
import type { NamedFile } from '../../data/data-set.ts';
import type { TensorProto } from './schema.ts';
import { readFloats, readIntegers, viewOf, type Span } from './wire.ts';

/** A constant: shape and numbers. Integers of 64 bits are doubles, exact up to 2^53. */
export interface Constant {
  readonly dims: readonly number[];
  readonly kind: 'real' | 'integer';
  readonly values: Float32Array | Float64Array;
  /** Of whole numbers that were read from the file. */
  readonly type?: string;
  /** Where the real numbers were made from codes of the file: their type, and how far each is from its zero point. */
  readonly stored?: { readonly type: string; readonly distances: Float32Array };
}

/** ONNX element types by number: bytes of one element in raw_data, and how to read it. */
const TYPES: Readonly<Record<number, { name: string; bytes: number; list: number; kind: Constant['kind']; read(view: DataView, at: number): number }>> = {
  1: { name: 'float32', bytes: 4, list: 4, kind: 'real', read: (view, at) => view.getFloat32(at, true) },
  2: { name: 'uint8', bytes: 1, list: 5, kind: 'integer', read: (view, at) => view.getUint8(at) },
  3: { name: 'int8', bytes: 1, list: 5, kind: 'integer', read: (view, at) => view.getInt8(at) },
  5: { name: 'int16', bytes: 2, list: 5, kind: 'integer', read: (view, at) => view.getInt16(at, true) },
  6: { name: 'int32', bytes: 4, list: 5, kind: 'integer', read: (view, at) => view.getInt32(at, true) },
  7: { name: 'int64', bytes: 8, list: 7, kind: 'integer', read: (view, at) => view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true) },
  9: { name: 'bool', bytes: 1, list: 5, kind: 'integer', read: (view, at) => view.getUint8(at) },
  10: { name: 'float16', bytes: 2, list: 5, kind: 'real', read: (view, at) => fromFloat16(view.getUint16(at, true)) },
  11: { name: 'float64', bytes: 8, list: 10, kind: 'real', read: (view, at) => view.getFloat64(at, true) },
  16: { name: 'bfloat16', bytes: 2, list: 5, kind: 'real', read: (view, at) => fromBits(view.getUint16(at, true) << 16) },
};

const signExtended = (bits: number) => (code: number): number => (code >= 2 ** (bits - 1) ? code - 2 ** bits : code);

/** Types of less than a byte, packed from the lowest bits on. */
const PACKED: Readonly<Record<number, { readonly name: string; readonly bits: number; read(code: number): number }>> = {
  21: { name: 'uint4', bits: 4, read: (code) => code },
  22: { name: 'int4', bits: 4, read: signExtended(4) },
  25: { name: 'uint2', bits: 2, read: (code) => code },
  26: { name: 'int2', bits: 2, read: signExtended(2) },
};

const scratch = new DataView(new ArrayBuffer(4));

function fromBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

function tensorError(tensor: TensorProto, reason: string, next = 'The file is damaged; export it again.'): StudioError {
  const { file, offset } = tensor.span;
  return new StudioError(`The tensor "${tensor.name}" of ${file} ${reason}.`, { where: `${file}, byte ${offset}`, next });
}

/** Decodes a tensor. A declared size that the file does not hold is refused before anything is allocated. */
export function readConstant(tensor: TensorProto, beside: readonly NamedFile[] = []): Constant {
  const type = TYPES[tensor.dataType];
  if (tensor.dims.some((size) => size < 0)) throw tensorError(tensor, `has the shape ${tensor.dims.join('×')}`);
  const count = elementCount(tensor.dims);
  const expect = (held: number): void => {
    if (held !== count) throw tensorError(tensor, `has the shape ${tensor.dims.join('×') || '(one number)'} and needs ${count} numbers, but the file holds ${held}`);
  };

  const packed = PACKED[tensor.dataType];
  const raw = tensor.external ? externalSpan(tensor, beside, packed ? Math.ceil((count * packed.bits) / 8) : count * (type?.bytes ?? 0)) : tensor.raw;
  if (packed) {
    const bytes = raw?.bytes ?? Uint8Array.from(readIntegers(tensor.lists[5] ?? []));
    expect(bytes.length === Math.ceil((count * packed.bits) / 8) ? count : (bytes.length * 8) / packed.bits);
    const values = Float64Array.from({ length: count }, (_, i) => packed.read((bytes[Math.floor((i * packed.bits) / 8)] >> ((i * packed.bits) % 8)) & (2 ** packed.bits - 1)));
    return { dims: tensor.dims, kind: 'integer', values, type: packed.name };
  }
  if (!type) throw tensorError(tensor, `has the element type ${tensor.dataType}, which is not read`, 'Export the network with float32 weights.');
  if (raw && (raw.bytes.length > 0 || count === 0)) {
    const { bytes } = raw;
    expect(bytes.length / type.bytes);
    if (tensor.dataType === 1) return { dims: tensor.dims, kind: 'real', values: floatsOf(raw) };
    const view = viewOf(bytes);
    const values = type.kind === 'real' ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = type.read(view, i * type.bytes);
    return { dims: tensor.dims, kind: type.kind, values, type: type.name };
  }
  const fields = tensor.lists[type.list] ?? [];
  if (type.list === 4) {
    const isOnePart = fields.length === 1 && fields[0].wire === 2 && fields[0].span.bytes.length === count * 4;
    const values = isOnePart ? floatsOf(fields[0].span) : new Float32Array(readFloats(fields));
    expect(values.length);
    return { dims: tensor.dims, kind: 'real', values };
  }
  if (type.list === 10) {
    const doubles = fields.flatMap(({ span }) => {
      const view = viewOf(span.bytes);
      return Array.from({ length: Math.floor(span.bytes.length / 8) }, (_, i) => view.getFloat64(i * 8, true));
    });
    expect(doubles.length);
    return { dims: tensor.dims, kind: 'real', values: new Float32Array(doubles) };
  }
  const integers = readIntegers(fields);
  expect(integers.length);
  // float16 and bfloat16 in int32_data are bit patterns, one an entry.
  if (tensor.dataType === 10) return { dims: tensor.dims, kind: 'real', values: Float32Array.from(integers, fromFloat16) };
  if (tensor.dataType === 16) return { dims: tensor.dims, kind: 'real', values: Float32Array.from(integers, (bits) => fromBits(bits << 16)) };
  return { dims: tensor.dims, kind: 'integer', values: Float64Array.from(integers), type: type.name };
}

/**
 * The bytes of a tensor that lie in a file beside the network, in its folder or one below. The place is the file's word: a name that
 * leads out of the folder is refused, and so are bytes that the other file does not have.
 */
function externalSpan(tensor: TensorProto, beside: readonly NamedFile[], bytes: number): Span {
  const { location, offset, length } = tensor.external ?? { location: '', offset: null, length: null };
  const path = location.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  if (path === '' || path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.split('/').includes('..')) {
    throw tensorError(tensor, `keeps its numbers in "${location}", which is no file beside it`, 'Export the network with its weights in the same folder, or in one .onnx file.');
  }
  const last = path.slice(path.lastIndexOf('/') + 1);
  const found = beside.find(({ name }) => name === path || name.endsWith(`/${path}`)) ?? beside.find(({ name }) => name === last);
  if (!found) throw tensorError(tensor, `keeps its numbers in "${last}", which was not given`, `Choose ${last} together with the network, drop both at once, or open their folder.`);
  const place = (text: string | null, fallback: number): number => (text === null ? fallback : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);
  const start = place(offset, 0);
  const size = place(length, bytes);
  if (!(start + size <= found.bytes.length) || size !== bytes) {
    throw tensorError(tensor, `needs ${bytes} bytes from byte ${offset ?? 0} of "${last}" (it says ${length ?? 'no length'}), which has ${found.bytes.length}`, 'Check that both files come from the same export.');
  }
  return { file: found.name, bytes: found.bytes.subarray(start, start + size), offset: start };
}

/** A view where the file's alignment allows it, otherwise a copy. */
function floatsOf({ bytes }: Span): Float32Array {
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4);
  return new Float32Array(bytes.slice().buffer);
}
