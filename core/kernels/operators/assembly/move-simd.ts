/** From here on the call of the engine's own copy is cheaper than a loop. */
const LONG_BYTES: i32 = 256;

// @ts-ignore: decorator
@inline
function copyBlock(to: usize, from: usize, bytes: i32): void {
  if (bytes >= LONG_BYTES) {
    memory.copy(to, from, bytes);
    return;
  }
  let i = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i + 4 <= bytes; i += 4) store<u32>(to + i, load<u32>(from + i));
  for (; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
}

/** Copies blocks from..to, tight in the input and `stride` bytes apart in the output: one operand of a concatenation. */
export function copyBlocks(input: usize, output: usize, blockBytes: i32, stride: i32, from: i32, to: i32): void {
  for (let i = from; i < to; i++) copyBlock(output + i * stride, input + i * blockBytes, blockBytes);
}

/** output block i = the block at table[i] bytes of the input, or bytes of `padding` where that is negative. */
export function gatherBlocks(table: usize, input: usize, output: usize, blockBytes: i32, padding: i32, from: i32, to: i32): void {
  if (blockBytes == 4) {
    const word = <u32>padding * 0x01010101;
    for (let i = from; i < to; i++) {
      const at = load<i32>(table + (i << 2));
      store<u32>(output + (i << 2), at < 0 ? word : load<u32>(input + at));
    }
    return;
  }
  for (let i = from; i < to; i++) {
    const at = load<i32>(table + (i << 2));
    if (at < 0) memory.fill(output + i * blockBytes, <u8>padding, blockBytes);
    else copyBlock(output + i * blockBytes, input + at, blockBytes);
  }
}
