/** Bit packing of integer codes: index 0 in the lowest bits of the first byte, codes in the order of the weights. */

/** Two's complement of `bits` ∈ {1, 2, 4, 8} bits each. */
export function packBits(values: ArrayLike<number>, bits: 1 | 2 | 4 | 8): Uint8Array {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const bytes = new Uint8Array(Math.ceil(values.length / perByte));
  for (let i = 0; i < values.length; i++) {
    bytes[Math.floor(i / perByte)] |= (values[i] & mask) << ((i % perByte) * bits);
  }
  return bytes;
}

/** Unsigned fields, the inverse of `packBits` up to sign. */
export function unpackBits(bytes: Uint8Array, bits: 1 | 2 | 4 | 8, count: number): Uint8Array {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) values[i] = (bytes[Math.floor(i / perByte)] >> ((i % perByte) * bits)) & mask;
  return values;
}

/** Reads each unsigned field as two's complement. */
export function signExtend(values: Uint8Array, bits: number): Int8Array {
  const shift = 32 - bits;
  return Int8Array.from(values, (value) => (value << shift) >> shift);
}

export function packSigns(codes: Int8Array): Uint8Array {
  return packBits(codes.map((code) => (code > 0 ? 1 : 0)), 1);
}

export function unpackSigns(bytes: Uint8Array, count: number): Int8Array {
  return Int8Array.from(unpackBits(bytes, 1, count), (bit) => (bit === 1 ? 1 : -1));
}
