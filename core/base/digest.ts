const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/**
 * A cheap digest of many numbers by their bits, for keys of caches within a session: not for anything that is stored. Two lanes of
 * MurmurHash3 (Appleby): rotations carry the sign bits down, which multiplication alone would keep to themselves.
 */
export function bitsDigest(values: Float32Array): string {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < words.length; i++) {
    const mixed = Math.imul(rotate(Math.imul(words[i], 0xcc9e2d51), 15), 0x1b873593);
    a = Math.imul(rotate(a ^ mixed, 13), 5) + 0xe6546b64;
    b = Math.imul(rotate(b ^ mixed, 17), 9) + 0x85ebca6b;
  }
  return `${values.length}/${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}
