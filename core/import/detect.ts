/** True when the bytes at the offset are these characters or numbers. */
export function hasBytes(bytes: Uint8Array, offset: number, expected: string | readonly number[]): boolean {
  const list = typeof expected === 'string' ? [...expected].map((character) => character.charCodeAt(0)) : expected;
  return list.every((value, i) => bytes[offset + i] === value);
}

/** HDF5 begins with its signature at 0, 512, 1024, … (a user block may come first). */
export function isHdf5(bytes: Uint8Array): boolean {
  for (let offset = 0; offset < Math.min(bytes.length, 65536); offset = offset === 0 ? 512 : offset * 2) {
    if (hasBytes(bytes, offset, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])) return true;
  }
  return false;
}

export function isTflite(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 4, 'TFL3');
}

export function isZip(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 0, 'PK\u0003\u0004');
}

/** A zip names its entries in its first bytes and again at its end; either is enough here. */
export function zipMentions(bytes: Uint8Array, entry: string): boolean {
  const text = [...entry].map((character) => character.charCodeAt(0));
  const ranges = [
    [0, 4096],
    [Math.max(0, bytes.length - 65536), bytes.length],
  ];
  return ranges.some(([start, end]) => {
    for (let i = start; i <= Math.min(end, bytes.length) - text.length; i++) if (text.every((code, k) => bytes[i + k] === code)) return true;
    return false;
  });
}

/**
 * An ONNX file is a protobuf message without any signature: its top-level fields must have known numbers and kinds, and the
 * graph (field 7) must be among the first ones. Only the tags are read.
 */
export function isOnnx(bytes: Uint8Array): boolean {
  const TEXT = [2, 3, 4, 6];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; position < bytes.length; shift *= 128) {
      const byte = bytes[position++];
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
      if (shift > 2 ** 56) return Number.NaN;
    }
    return Number.NaN;
  };
  for (let count = 0; count < 64 && position < bytes.length; count++) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag & 7;
    if ((number === 1 || number === 5) && wire === 0) varint();
    else if (wire === 2 && (TEXT.includes(number) || number === 8 || number === 14 || number === 20 || number === 25)) {
      const length = varint();
      position += length;
    }
    // Its length may reach over the end of a file that was cut off: reading says so.
    else return number === 7 && wire === 2;
  }
  return false;
}
