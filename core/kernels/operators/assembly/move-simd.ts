/** From here on the call of the engine's own copy is cheaper than a loop. */
const LONG_BYTES: i32 = 256;

@inline
function copyBlock(to: usize, from: usize, bytes: i32): void {
  if (bytes >= LONG_BYTES) {
    memory.copy(to, from, bytes);
    return;
  }
  let i = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i + 8 <= bytes; i += 8) store<u64>(to + i, load<u64>(from + i));
  for (; i + 4 <= bytes; i += 4) store<u32>(to + i, load<u32>(from + i));
  for (; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
}

@inline
function fillBlock(to: usize, word: u64, bytes: i32): void {
  if (bytes >= LONG_BYTES) {
    memory.fill(to, <u8>word, bytes);
    return;
  }
  let i = 0;
  for (; i + 8 <= bytes; i += 8) store<u64>(to + i, word);
  for (; i + 4 <= bytes; i += 4) store<u32>(to + i, <u32>word);
  for (; i < bytes; i++) store<u8>(to + i, <u8>word);
}

/** Copies blocks from..to, tight in the input and `stride` bytes apart in the output: one operand of a concatenation. */
export function copyBlocks(input: usize, output: usize, blockBytes: i32, stride: i32, from: i32, to: i32): void {
  for (let i = from; i < to; i++) copyBlock(output + i * stride, input + i * blockBytes, blockBytes);
}

/** output block i = the block at table[i] bytes of the input, or bytes of `padding` (0..255) where that is negative. */
export function gatherBlocks(table: usize, input: usize, output: usize, blockBytes: i32, padding: i32, from: i32, to: i32): void {
  const word = <u64>padding * 0x0101010101010101;
  if (blockBytes == 4) {
    for (let i = from; i < to; i++) {
      const at = load<i32>(table + (i << 2));
      store<u32>(output + (i << 2), at < 0 ? <u32>word : load<u32>(input + at));
    }
    return;
  }
  for (let i = from; i < to; i++) {
    const at = load<i32>(table + (i << 2));
    if (at < 0) fillBlock(output + i * blockBytes, word, blockBytes);
    else copyBlock(output + i * blockBytes, input + at, blockBytes);
  }
}
