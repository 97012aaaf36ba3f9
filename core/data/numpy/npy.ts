import { StudioError } from '../../base/errors.ts';
import { fromFloat16 } from '../../base/float16.ts';
import { isNpy } from './detect.ts';

/** A NumPy array in the order of its last axis first (C order). Texts instead of numbers for the types U and S. */
export interface NumpyArray {
  /** Of the file, or of the entry in an archive, without extension. */
  readonly name: string;
  readonly shape: readonly number[];
  /** One byte an element stays as it is; wider integers and booleans are bytes where they fit, otherwise float32 where that is exact. */
  readonly values: Uint8Array | Int8Array | Float32Array;
  readonly texts: readonly string[] | null;
}

interface ElementType {
  readonly bytes: number;
  readonly whole: boolean;
  readonly at: (view: DataView, offset: number, little: boolean) => number;
}

/** By kind and bytes as in NumPy's array protocol (numpy.lib.format, "descr"). */
const ELEMENTS: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, whole: true, at: (view, offset) => view.getUint8(offset) },
  u1: { bytes: 1, whole: true, at: (view, offset) => view.getUint8(offset) },
  i1: { bytes: 1, whole: true, at: (view, offset) => view.getInt8(offset) },
  u2: { bytes: 2, whole: true, at: (view, offset, little) => view.getUint16(offset, little) },
  i2: { bytes: 2, whole: true, at: (view, offset, little) => view.getInt16(offset, little) },
  u4: { bytes: 4, whole: true, at: (view, offset, little) => view.getUint32(offset, little) },
  i4: { bytes: 4, whole: true, at: (view, offset, little) => view.getInt32(offset, little) },
  u8: { bytes: 8, whole: true, at: (view, offset, little) => Number(view.getBigUint64(offset, little)) },
  i8: { bytes: 8, whole: true, at: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  f2: { bytes: 2, whole: false, at: (view, offset, little) => fromFloat16(view.getUint16(offset, little)) },
  f4: { bytes: 4, whole: false, at: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { bytes: 8, whole: false, at: (view, offset, little) => view.getFloat64(offset, little) },
};

const LONGEST_HEADER = 65_536;
const MOST_AXES = 8;

/** Reads a `.npy` file. Its size is checked against shape and type before anything is allocated. */
export function readNpy(bytes: Uint8Array, name: string, file: string): NumpyArray {
  const fail = (reason: string, offset: number, next = 'The file is damaged or incomplete; save it again with numpy.save.'): never => {
    throw new StudioError(`${file} ${reason}.`, { where: `${file}, byte ${offset}`, next });
  };
  if (!isNpy(bytes) || bytes.length < 12) return fail('is not a NumPy array: it does not begin with its signature', 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) return fail(`is of version ${version} of the format; 1 to 3 are read`, 6);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER || start + length > bytes.length) return fail(`says its header has ${length} bytes`, 8);
  const header = new TextDecoder().decode(bytes.slice(start, start + length));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? fail('does not say of which type its elements are, or has several in one (a structured array)', start, 'Save each field as an array of its own.');
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1] ?? fail('does not say its order', start);
  const list = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1] ?? fail('does not say its shape', start);
  const shape = list.split(',').map((part) => part.trim()).filter(Boolean).map(Number);
  if (shape.length > MOST_AXES) return fail(`has ${shape.length} axes; up to ${MOST_AXES} are read`, start);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) return fail(`has the shape ${shape.join('×')}`, start);
  const [, order, kind, size] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? fail(`has elements of the type "${descr}"`, start);
  const text = kind === 'U' || kind === 'S';
  const element: ElementType | undefined = ELEMENTS[kind + size];
  if (!element && !text) return fail(`has elements of the type "${descr}"; numbers and texts are read`, start, 'Save it as uint8, int8, float32 or int64.');
  const width = element ? element.bytes : Number(size) * (kind === 'U' ? 4 : 1);
  const data = start + length;
  if (bytes.length - data !== count * width) return fail(`has ${bytes.length - data} bytes of data where its shape ${shape.join('×') || '()'} of "${descr}" needs ${count * width}`, data);
  const offsets = orderOf(shape, fortran === 'True');
  const little = order !== '>';
  if (!element) {
    if (width > 4096 || width === 0) return fail(`has texts of ${width} bytes`, start);
    return { name, shape, values: new Uint8Array(0), texts: Array.from({ length: count }, (_, i) => textAt(view, data + offsets(i) * width, width, kind === 'U', little)) };
  }
  return { name, shape, texts: null, values: numbersOf(element, count, (i) => element.at(view, data + offsets(i) * width, little), (i, value) => fail(`holds ${value} at element ${i + 1}`, data + offsets(i) * width, 'Numbers must be finite and fit float32.')) };
}

/** Where in the file the element stands that is the i-th in C order. */
function orderOf(shape: readonly number[], fortran: boolean): (index: number) => number {
  if (!fortran || shape.length < 2) return (index) => index;
  return (index) => {
    let place = 0;
    let rest = index;
    let stride = shape.reduce((product, size) => product * size, 1);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis];
      stride /= size;
      place += (rest % size) * stride;
      rest = Math.floor(rest / size);
    }
    return place;
  };
}

function textAt(view: DataView, offset: number, width: number, wide: boolean, little: boolean): string {
  let text = '';
  for (let at = 0; at < width; at += wide ? 4 : 1) {
    const code = wide ? view.getUint32(offset + at, little) : view.getUint8(offset + at);
    if (code !== 0) text += code > 0x10ffff ? '\u{fffd}' : String.fromCodePoint(code);
  }
  return text;
}

/** Whole numbers up to which float32 leaves out none. */
const EXACT = 2 ** 24;

function numbersOf(element: ElementType, count: number, at: (index: number) => number, refuse: (index: number, value: number) => never): NumpyArray['values'] {
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i++) {
    const value = at(i);
    if (!Number.isFinite(Math.fround(value))) refuse(i, value);
    if (value < low) low = value;
    if (value > high) high = value;
    if (element.whole && Math.abs(value) > EXACT) refuse(i, value);
  }
  const signed = element === ELEMENTS.i1 || low < 0;
  const fitsByte = element.whole && (signed ? low >= -128 && high <= 127 : high <= 255);
  const values = fitsByte ? (signed ? new Int8Array(count) : new Uint8Array(count)) : new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = at(i);
  return values;
}
