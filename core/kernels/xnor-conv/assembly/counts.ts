import { finishChannels } from '../../assembly/finish';

/** Sixteen counts, 8 even and 8 odd channels, ≤ their limits → sixteen bits in the order of channels. */
@inline
export function bitsWithin(counts: usize, limits: usize): u64 {
  const even = i16x8.le_s(v128.load(counts), v128.load(limits)), odd = i16x8.le_s(v128.load(counts, 16), v128.load(limits, 16));
  return <u64>i8x16.bitmask(v128.bitselect(even, odd, i16x8.splat(255)));
}

@inline
function storeSums(to: usize, bases: usize, counts: v128): void {
  v128.store(to, i32x4.sub(v128.load(bases), i32x4.shl(i32x4.extend_low_i16x8_u(counts), 1)));
  v128.store(to, i32x4.sub(v128.load(bases, 16), i32x4.shl(i32x4.extend_high_i16x8_u(counts), 1)), 16);
}

/**
 * Sums of one pixel from its mismatch counts, `groups` · 16 channels from `channel` on: base − 2·count, then what `finish`
 * says. `bases` is the row of the pixel's pattern of padded taps; `sums` is room for the sums.
 */
export function finishCounts(
  counts: usize, groups: i32, bases: usize, finish: usize, output: usize, pixel: i32, channel: i32, channels: i32, sums: usize,
): void {
  let base = bases + (channel << 2);
  let to = sums;
  for (let group = 0; group < groups; group++) {
    const even = v128.load(counts), odd = v128.load(counts, 16);
    storeSums(to, base, i8x16.shuffle(even, odd, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    storeSums(to + 32, base + 32, i8x16.shuffle(even, odd, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
    counts += 32;
    base += 64;
    to += 64;
  }
  finishChannels(finish, sums, output, pixel, channel, min(groups << 4, channels - channel), channels);
}
