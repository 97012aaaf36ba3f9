/** A cheap digest of many numbers by their bits, for keys of caches within a session: not for anything that is stored. */
export function bitsDigest(values: Float32Array): string {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < words.length; i++) {
    a = Math.imul(a ^ words[i], 0x01000193);
    b = Math.imul(b ^ (words[i] + i), 0x85ebca6b);
  }
  return `${values.length}/${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}
