import { storeLanes } from '../../assembly/lanes';

/** Patches packed before they are multiplied: 32 patches of 3×3×512 channels are 18 kB, which stays in a first-level cache. */
const CHUNK: i32 = 32;

/**
 * Packs the signs of every patch without gaps into 64-bit words, then counts mismatches in tiles of 2 pixels × 4 output
 * channels: acc = base − 2·popcount(patch xor weights). Weights: u64 [channel block][word][4]. bases: int32 rows of
 * channels rounded up to 4, the pixel's row at classes[i] bytes. `patches` is scratch for 32 patches.
 */
export function xnorConvP2C4(
  image: usize, pixels: usize, pixelCount: i32, taps: usize, tapCount: i32, channels: i32,
  patches: usize, words: i32, weights: usize, bases: usize, classes: usize, output: usize, outputChannels: i32,
): void {
  const outputStride = outputChannels << 2;
  const patchBytes = words << 3;
  const blockBytes = words << 5;
  for (let first = 0; first < pixelCount; first += CHUNK) {
    const count = min(CHUNK, pixelCount - first);
    let patch = patches;
    for (let i = 0; i < count; i++) {
      const pixel = image + load<u32>(pixels + ((first + i) << 2));
      if ((channels & 63) == 0) packWholeWords(pixel, taps, tapCount, channels >> 3, patch);
      else if (channels < 64) packNarrow(pixel, taps, tapCount, channels, patch);
      else packBits(pixel, taps, tapCount, channels, patch);
      patch += patchBytes;
    }
    const rows = classes + (first << 2);
    let block = weights;
    for (let c = 0; c < outputChannels; c += 4) {
      const base = bases + (c << 2);
      let to = output + (c << 2);
      const left = outputChannels - c;
      let i = 0;
      patch = patches;
      for (; i + 2 <= count; i += 2) {
        tile2(patch, patchBytes, block, base + load<u32>(rows + (i << 2)), base + load<u32>(rows + (i << 2), 4), to, outputStride, left);
        patch += patchBytes << 1;
        to += outputStride << 1;
      }
      if (i < count) tile1(patch, patchBytes, block, base + load<u32>(rows + (i << 2)), to, left);
      block += blockBytes;
    }
    output += count * outputStride;
  }
}

function packWholeWords(pixel: usize, taps: usize, tapCount: i32, pixelBytes: usize, to: usize): void {
  for (const end = taps + (tapCount << 2); taps < end; taps += 4) {
    let from = pixel + load<u32>(taps);
    for (const stop = from + pixelBytes; from < stop; from += 8) {
      store<u64>(to, load<u64>(from));
      to += 8;
    }
  }
}

/** Fewer than 64 channels: one word a tap. */
function packNarrow(pixel: usize, taps: usize, tapCount: i32, channels: i32, to: usize): void {
  let word: u64 = 0;
  let filled: u64 = 0;
  for (const end = taps + (tapCount << 2); taps < end; taps += 4) {
    const signs = load<u64>(pixel + load<u32>(taps));
    word |= signs << filled;
    filled += <u64>channels;
    if (filled >= 64) {
      store<u64>(to, word);
      to += 8;
      filled -= 64;
      word = signs >> (<u64>channels - filled);
    }
  }
  if (filled > 0) store<u64>(to, word);
}

function packBits(pixel: usize, taps: usize, tapCount: i32, channels: i32, to: usize): void {
  let word: u64 = 0;
  let filled = 0;
  for (const end = taps + (tapCount << 2); taps < end; taps += 4) {
    let from = pixel + load<u32>(taps);
    for (let left = channels; left > 0; left -= 64) {
      const signs = load<u64>(from);
      from += 8;
      word |= signs << (<u64>filled);
      const next = filled + min(left, 64);
      if (next >= 64) {
        store<u64>(to, word);
        to += 8;
        // A shift by 64 would be a shift by 0.
        word = next > 64 ? signs >> (<u64>(64 - filled)) : 0;
        filled = next - 64;
      } else filled = next;
    }
  }
  if (filled > 0) store<u64>(to, word);
}

function mismatchesToSums(base: usize, c0: i64, c1: i64, c2: i64, c3: i64): v128 {
  let counts = i32x4.splat(<i32>c0);
  counts = i32x4.replace_lane(counts, 1, <i32>c1);
  counts = i32x4.replace_lane(counts, 2, <i32>c2);
  counts = i32x4.replace_lane(counts, 3, <i32>c3);
  return i32x4.sub(v128.load(base), i32x4.shl(counts, 1));
}

function tile2(
  patch: usize, patchBytes: usize, weights: usize, base0: usize, base1: usize, to: usize, outputStride: usize, channels: i32,
): void {
  let c00: i64 = 0, c01: i64 = 0, c02: i64 = 0, c03: i64 = 0;
  let c10: i64 = 0, c11: i64 = 0, c12: i64 = 0, c13: i64 = 0;
  for (const end = patch + patchBytes; patch < end; patch += 8) {
    const x0 = load<i64>(patch), x1 = load<i64>(patch + patchBytes);
    let w = load<i64>(weights);
    c00 += popcnt<i64>(x0 ^ w);
    c10 += popcnt<i64>(x1 ^ w);
    w = load<i64>(weights, 8);
    c01 += popcnt<i64>(x0 ^ w);
    c11 += popcnt<i64>(x1 ^ w);
    w = load<i64>(weights, 16);
    c02 += popcnt<i64>(x0 ^ w);
    c12 += popcnt<i64>(x1 ^ w);
    w = load<i64>(weights, 24);
    c03 += popcnt<i64>(x0 ^ w);
    c13 += popcnt<i64>(x1 ^ w);
    weights += 32;
  }
  storeLanes(to, mismatchesToSums(base0, c00, c01, c02, c03), channels);
  storeLanes(to + outputStride, mismatchesToSums(base1, c10, c11, c12, c13), channels);
}

function tile1(patch: usize, patchBytes: usize, weights: usize, base: usize, to: usize, channels: i32): void {
  let c0: i64 = 0, c1: i64 = 0, c2: i64 = 0, c3: i64 = 0;
  for (const end = patch + patchBytes; patch < end; patch += 8) {
    const x = load<i64>(patch);
    c0 += popcnt<i64>(x ^ load<i64>(weights));
    c1 += popcnt<i64>(x ^ load<i64>(weights, 8));
    c2 += popcnt<i64>(x ^ load<i64>(weights, 16));
    c3 += popcnt<i64>(x ^ load<i64>(weights, 24));
    weights += 32;
  }
  storeLanes(to, mismatchesToSums(base, c0, c1, c2, c3), channels);
}
