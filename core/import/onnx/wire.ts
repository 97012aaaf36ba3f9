import { StudioError } from '../../base/errors.ts';

/** A stretch of the file: bytes, where they start in it, and its name for messages. */
export interface Span {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** One field of a protobuf message. Wire types 3 and 4 (groups) are not used by ONNX and refused. */
export interface Field {
  readonly number: number;
  readonly wire: 0 | 1 | 2 | 5;
  /** Wire type 0, as signed 64-bit rounded to a double. */
  readonly integer: number;
  /** Wire types 1, 2 and 5: the payload, not copied. */
  readonly span: Span;
}

const NEXT = 'The file is damaged or incomplete; download or export it again.';

export function wireError(span: Span, position: number, reason: string): StudioError {
  const end = span.bytes.length;
  const hex = [...span.bytes.subarray(position, Math.min(position + 8, end))].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return new StudioError(`${span.file} cannot be read as ONNX: ${reason} at byte ${span.offset + position}${hex ? ` (bytes ${hex})` : ''}.`, {
    where: `${span.file}, byte ${span.offset + position}`,
    next: NEXT,
  });
}

/** Value and the position after it. */
function readVarint(span: Span, start: number): readonly [number, number] {
  const { bytes } = span;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    if (start + i >= bytes.length) throw wireError(span, start, 'a number is cut off');
    const byte = bytes[start + i];
    const part = byte & 0x7f;
    if (i < 4) low |= part << (7 * i);
    else if (i === 4) {
      low |= part << 28;
      high = part >>> 4;
    } else high |= part << (7 * i - 32);
    if (byte < 0x80) return [(high | 0) * 4294967296 + (low >>> 0), start + i + 1];
  }
  throw wireError(span, start, 'a number has more than ten bytes');
}

/** All fields of a message in file order. */
export function readFields(span: Span): Field[] {
  const { bytes, file, offset } = span;
  const fields: Field[] = [];
  let position = 0;
  while (position < bytes.length) {
    const start = position;
    const [tag, afterTag] = readVarint(span, position);
    const number = Math.floor(tag / 8);
    const wire = tag & 7;
    if (tag < 8) throw wireError(span, start, `a field has the number ${number}`);
    position = afterTag;
    if (wire === 0) {
      const [integer, end] = readVarint(span, position);
      fields.push({ number, wire, integer, span: { file, bytes: bytes.subarray(start, end), offset: offset + start } });
      position = end;
      continue;
    }
    let length: number;
    if (wire === 1) length = 8;
    else if (wire === 5) length = 4;
    else if (wire === 2) {
      [length, position] = readVarint(span, position);
      if (length < 0 || length > bytes.length - position) {
        throw wireError(span, start, `a part says it has ${length} bytes where ${bytes.length - position} are left,`);
      }
    } else throw wireError(span, start, `a field has the kind ${wire}, which ONNX does not use,`);
    if (position + length > bytes.length) throw wireError(span, start, 'a field is cut off');
    fields.push({ number, wire, integer: 0, span: { file, bytes: bytes.subarray(position, position + length), offset: offset + position } });
    position += length;
  }
  return fields;
}

export function readText(field: Field): string {
  if (field.wire !== 2) throw wireError(field.span, 0, 'a text is missing');
  return new TextDecoder().decode(field.span.bytes);
}

export function readMessage(field: Field): Span {
  if (field.wire !== 2) throw wireError(field.span, 0, 'a part is missing');
  return field.span;
}

/** A repeated integer field, packed or not. */
export function readIntegers(fields: readonly Field[]): number[] {
  const values: number[] = [];
  for (const field of fields) {
    if (field.wire === 0) values.push(field.integer);
    else if (field.wire === 2) {
      for (let position = 0; position < field.span.bytes.length; ) {
        const [value, next] = readVarint(field.span, position);
        values.push(value);
        position = next;
      }
    } else throw wireError(field.span, 0, 'a list of whole numbers is missing');
  }
  return values;
}

export function readFloat(field: Field): number {
  if (field.wire !== 5) throw wireError(field.span, 0, 'a real number is missing');
  return viewOf(field.span.bytes).getFloat32(0, true);
}

/** A repeated float field, packed or not. */
export function readFloats(fields: readonly Field[]): number[] {
  const values: number[] = [];
  for (const { wire, span } of fields) {
    if (wire !== 5 && wire !== 2) throw wireError(span, 0, 'a list of real numbers is missing');
    if (span.bytes.length % 4 !== 0) throw wireError(span, 0, 'a list of real numbers is cut off');
    const view = viewOf(span.bytes);
    for (let i = 0; i < span.bytes.length; i += 4) values.push(view.getFloat32(i, true));
  }
  return values;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
