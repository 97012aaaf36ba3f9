/** How the codes of a layer lie in bytes: `perByte` digits of a base, each standing for `digit · step + offset`. */
export interface CodePacking {
  readonly base: number;
  readonly perByte: number;
  readonly step: number;
  readonly offset: number;
}

/** The densest packing that holds all of the codes: 8 signs, 5 ternary digits, 2 numbers of four bits or one of eight a byte. */
export function packingOf(codes: Int8Array): CodePacking {
  let largest = 1;
  let onlySigns = true;
  for (const code of codes) {
    largest = Math.max(largest, Math.abs(code));
    onlySigns &&= code === 1 || code === -1;
  }
  if (onlySigns) return { base: 2, perByte: 8, step: 2, offset: -1 };
  // An 8-bit code may be −128, which has no counterpart.
  if (largest > 7) return { base: 256, perByte: 1, step: 1, offset: -128 };
  const base = 2 * largest + 1;
  let perByte = 1;
  for (let levels = base * base; levels <= 256; levels *= base) perByte++;
  return { base, perByte, step: 1, offset: -largest };
}

export function packedCount(codes: number, { perByte }: CodePacking): number {
  return Math.ceil(codes / perByte);
}

/** Byte i holds the codes i, i + n, i + 2n, … of n bytes, the first as the lowest digit: whole parts of the weights, one digit each. */
export function packCodes(codes: Int8Array, packing: CodePacking): Uint8Array {
  const { base, perByte, step, offset } = packing;
  const count = packedCount(codes.length, packing);
  const bytes = new Uint8Array(count);
  for (let digit = perByte - 1; digit >= 0; digit--) {
    for (let i = 0; i < count; i++) {
      const at = digit * count + i;
      const value = at < codes.length ? (codes[at] - offset) / step : 0;
      bytes[i] = bytes[i] * base + value;
    }
  }
  return bytes;
}
