/** Sixteen 4-bit groups of eight bytes, in order. */
@inline
function nibbles(signs: v128): v128 {
  const low = v128.and(signs, i8x16.splat(15)), high = i8x16.shr_u(signs, 4);
  return i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Four nibbles of 16 channels, each in 16 bits of its own. */
@inline
function spread(signs: u64): u64 {
  const halves = (signs | (signs << 24)) & 0x000000ff000000ff;
  return (halves | (halves << 12)) & 0x000f000f000f000f;
}

/** A row of pixels of at most 16 channels, four slots each. */
@inline
function expandNarrowRow(row: usize, width: i32, distance: i32, at: usize): void {
  for (let x = 0; x < width; x++) {
    const first = load<u64>(row + (<usize>x << 3)), second = load<u64>(row + (<usize>min(x + distance, width - 1) << 3));
    store<u64>(at, (spread(first) << 4) | (spread(second) << 8));
    at += 8;
  }
}

/**
 * Two pixels, `distance` apart, become the byte offsets of the tables that count against both at once: for every 4 channels
 * a u16, 16 · (nibble of the first + 16 · nibble of the second). Past the right edge the last pixel stands for the second;
 * what it counts is not used. Rows from..to of `width` pixels of `words` 64-bit words; `slots` u16 a pixel, those past the
 * channels 0. A row is written up to 48 bytes past its last slot.
 */
export function expandSignPairs(
  image: usize, imageStride: i32, width: i32, words: i32, distance: i32, pairs: usize, pairStride: i32, slots: i32,
  from: i32, to: i32,
): void {
  const pixelBytes = words << 3, slotBytes = slots << 1;
  const overhang = slots > words << 4;
  const none = i8x16.splat(0);
  for (let y = from; y < to; y++) {
    const row = image + y * imageStride;
    let at = pairs + y * pairStride;
    if (slots == 4) {
      expandNarrowRow(row, width, distance, at);
      continue;
    }
    for (let x = 0; x < width; x++) {
      let a = row + x * pixelBytes, b = row + min(x + distance, width - 1) * pixelBytes;
      let slot = at;
      for (const end = a + pixelBytes; a < end; a += 8) {
        const both = v128.or(nibbles(v128.load64_zero(a)), i8x16.shl(nibbles(v128.load64_zero(b)), 4));
        v128.store(slot, i16x8.shl(i16x8.extend_low_i8x16_u(both), 4));
        v128.store(slot, i16x8.shl(i16x8.extend_high_i8x16_u(both), 4), 16);
        b += 8;
        slot += 32;
      }
      if (overhang) v128.store(slot, none);
      at += slotBytes;
    }
  }
}
