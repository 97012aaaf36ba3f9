import { AFFINE, finishChannels, REQUANTISE } from '../../assembly/finish';
import { ROUNDER_BITS, toIntegers } from '../../stages/assembly/scale-simd';

/** Sixteen counts, 8 even and 8 odd channels, ≤ their limits → sixteen bits in the order of channels. */
@inline
export function bitsWithin(counts: usize, limits: usize): u64 {
  const even = i16x8.le_s(v128.load(counts), v128.load(limits)), odd = i16x8.le_s(v128.load(counts, 16), v128.load(limits, 16));
  return <u64>i8x16.bitmask(v128.bitselect(even, odd, i16x8.splat(255)));
}

/** Channels 0..7 and 8..15 of sixteen counts, u16. */
@inline
function lowerCounts(even: v128, odd: v128): v128 {
  return i8x16.shuffle(even, odd, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

@inline
function upperCounts(even: v128, odd: v128): v128 {
  return i8x16.shuffle(even, odd, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** Four sums: base − 2·count. */
@inline
function sumsOf(bases: usize, counts: v128): v128 {
  return i32x4.sub(v128.load(bases), i32x4.shl(counts, 1));
}

/** Four lanes of fround(fround(sum·m) + b), as the stages compute them. */
@inline
function scaledSums(sums: v128, m: usize, b: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), v128.load(m)), v128.load(b));
}

@inline
function clamped(x: v128, low: v128, high: v128): v128 {
  return f32x4.min(f32x4.max(x, low), high);
}

/** Groups of sixteen channels straight from counts to float32, without a visit to memory. */
function affineGroups(counts: usize, groups: i32, base: usize, m: usize, b: usize, output: usize, low: f32, high: f32): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  for (let group = 0; group < groups; group++) {
    const even = v128.load(counts), odd = v128.load(counts, 16);
    const lower = lowerCounts(even, odd), upper = upperCounts(even, odd);
    v128.store(output, clamped(scaledSums(sumsOf(base, i32x4.extend_low_i16x8_u(lower)), m, b), lowest, highest));
    v128.store(output, clamped(scaledSums(sumsOf(base + 16, i32x4.extend_high_i16x8_u(lower)), m + 16, b + 16), lowest, highest), 16);
    v128.store(output, clamped(scaledSums(sumsOf(base + 32, i32x4.extend_low_i16x8_u(upper)), m + 32, b + 32), lowest, highest), 32);
    v128.store(output, clamped(scaledSums(sumsOf(base + 48, i32x4.extend_high_i16x8_u(upper)), m + 48, b + 48), lowest, highest), 48);
    counts += 32;
    base += 64;
    m += 64;
    b += 64;
    output += 64;
  }
}

/** The same to int8. */
function requantiseGroups(
  counts: usize, groups: i32, base: usize, m: usize, b: usize, output: usize, zeroPoint: i32, low: i32, high: i32,
): void {
  const lowest = f32x4.splat(<f32>(low - zeroPoint)), highest = f32x4.splat(<f32>(high - zeroPoint)), shift = i32x4.splat(ROUNDER_BITS - zeroPoint);
  for (let group = 0; group < groups; group++) {
    const even = v128.load(counts), odd = v128.load(counts, 16);
    const lower = lowerCounts(even, odd), upper = upperCounts(even, odd);
    const q0 = toIntegers(scaledSums(sumsOf(base, i32x4.extend_low_i16x8_u(lower)), m, b), lowest, highest, shift);
    const q1 = toIntegers(scaledSums(sumsOf(base + 16, i32x4.extend_high_i16x8_u(lower)), m + 16, b + 16), lowest, highest, shift);
    const q2 = toIntegers(scaledSums(sumsOf(base + 32, i32x4.extend_low_i16x8_u(upper)), m + 32, b + 32), lowest, highest, shift);
    const q3 = toIntegers(scaledSums(sumsOf(base + 48, i32x4.extend_high_i16x8_u(upper)), m + 48, b + 48), lowest, highest, shift);
    v128.store(output, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(q0, q1), i16x8.narrow_i32x4_s(q2, q3)));
    counts += 32;
    base += 64;
    m += 64;
    b += 64;
    output += 16;
  }
}

/**
 * Finishes one pixel's mismatch counts, `groups` · 16 channels from `channel` on: sum = base − 2·count, then what `finish`
 * says. `bases` is the row of the pixel's pattern of padded taps; `sums` is room for sums where the last group is not full.
 */
export function finishCounts(
  counts: usize, groups: i32, bases: usize, finish: usize, output: usize, pixel: i32, channel: i32, channels: i32, sums: usize,
): void {
  const kind = load<i32>(finish);
  const skip = <usize>channel << 2;
  const base = bases + skip;
  if (channel + (groups << 4) <= channels) {
    const at = <usize>(pixel * channels + channel);
    const m = <usize>load<u32>(finish, 4) + skip, b = <usize>load<u32>(finish, 8) + skip;
    if (kind == AFFINE) {
      affineGroups(counts, groups, base, m, b, output + (at << 2), load<f32>(finish, 12), load<f32>(finish, 16));
      return;
    }
    if (kind == REQUANTISE) {
      requantiseGroups(counts, groups, base, m, b, output + at, load<i32>(finish, 12), load<i32>(finish, 16), load<i32>(finish, 20));
      return;
    }
  }
  let from = base, to = sums;
  for (let group = 0; group < groups; group++) {
    const even = v128.load(counts), odd = v128.load(counts, 16);
    const lower = lowerCounts(even, odd), upper = upperCounts(even, odd);
    v128.store(to, sumsOf(from, i32x4.extend_low_i16x8_u(lower)));
    v128.store(to, sumsOf(from + 16, i32x4.extend_high_i16x8_u(lower)), 16);
    v128.store(to, sumsOf(from + 32, i32x4.extend_low_i16x8_u(upper)), 32);
    v128.store(to, sumsOf(from + 48, i32x4.extend_high_i16x8_u(upper)), 48);
    counts += 32;
    from += 64;
    to += 64;
  }
  finishChannels(finish, sums, output, pixel, channel, min(groups << 4, channels - channel), channels);
}
