import { finishInt32 } from '../../assembly/finish';
import { storeEight } from '../../assembly/lanes';

/** Tables whose bytes (at most 31) can be added without overflow. */
const DEPTH: i32 = 8;

/**
 * Convolution with weights of ±1 in tiles of 1 output pixel × 32 output channels, the last one × 16 where that is enough. The image
 * holds a table of 16 sums for every four inputs (sign-tables.ts) and a weight byte is the number of an entry: the signs of four
 * weights. Weights: [channel block][segment][group][channels of the block], of every 16 channels c and c + 8 side by side.
 * `bases` turns an entry's sum into that of (q − zeroPoint)·code. Ranges, chunks and sums as in integerConvP4C8.
 */
export function binaryConvP1C32(
  image: usize, pixels: usize, segments: usize, segmentCount: i32, segmentGroups: i32,
  weights: usize, bases: usize, channels: i32, chunk: i32, sums: usize, finish: usize, output: usize, from: i32, to: i32,
): void {
  sums += (from * channels) << 2;
  const segmentsEnd = segments + (segmentCount << 2);
  const blockBytes = (segmentCount * segmentGroups) << 5;
  const stride = channels << 2;
  for (let first = from; first < to; first += chunk) {
    const count = min(chunk, to - first);
    const pixelsEnd = pixels + ((first + count) << 2);
    let w = weights, base = bases, block = sums;
    for (let left = channels; left > 0; left -= 32) {
      let at = block;
      if (left > 16) {
        for (let pixel = pixels + (first << 2); pixel < pixelsEnd; pixel += 4) {
          tile32(image + load<u32>(pixel), segments, segmentsEnd, segmentGroups, w, base, at, left);
          at += stride;
        }
      } else {
        for (let pixel = pixels + (first << 2); pixel < pixelsEnd; pixel += 4) {
          tile16(image + load<u32>(pixel), segments, segmentsEnd, segmentGroups, w, base, at, left);
          at += stride;
        }
      }
      w += blockBytes;
      base += 128;
      block += 128;
    }
    finishInt32(finish, sums, output, first, count, channels);
  }
}

/** Every index is below 16, so the relaxed instruction has one answer. */
@inline
function lookup(table: v128, index: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i8x16.relaxed_swizzle(table, index);
  } else {
    return i8x16.swizzle(table, index);
  }
}

/**
 * Sums of the bytes at even places are in `all` together with 256 times those at odd places, modulo 2^16: adding whole lanes saves
 * a mask. Channels 0 to 7 lie at even, 8 to 15 at odd places.
 */
function store16(to: usize, base: usize, allLow: v128, oddLow: v128, allHigh: v128, oddHigh: v128, channels: i32): void {
  const low = i16x8.sub(allLow, i16x8.shl(oddLow, 8)), high = i16x8.sub(allHigh, i16x8.shl(oddHigh, 8));
  const low0 = total(i32x4.extend_low_i16x8_u(low), i32x4.extend_low_i16x8_u(high), base);
  const high0 = total(i32x4.extend_high_i16x8_u(low), i32x4.extend_high_i16x8_u(high), base + 16);
  storeEight(to, low0, high0, channels);
  const low8 = total(i32x4.extend_low_i16x8_u(oddLow), i32x4.extend_low_i16x8_u(oddHigh), base + 32);
  const high8 = total(i32x4.extend_high_i16x8_u(oddLow), i32x4.extend_high_i16x8_u(oddHigh), base + 48);
  storeEight(to + 32, low8, high8, channels - 8);
}

@inline
function total(low: v128, high: v128, base: usize): v128 {
  return i32x4.add(i32x4.add(low, i32x4.shl(high, 5)), v128.load(base));
}

function tile32(
  pixel: usize, segments: usize, segmentsEnd: usize, segmentGroups: i32, weights: usize, base: usize, to: usize, channels: i32,
): void {
  let allLow0 = i16x8.splat(0), oddLow0 = allLow0, allHigh0 = allLow0, oddHigh0 = allLow0;
  let allLow1 = allLow0, oddLow1 = allLow0, allHigh1 = allLow0, oddHigh1 = allLow0;
  for (; segments < segmentsEnd; segments += 4) {
    let table = pixel + load<u32>(segments);
    for (let left = segmentGroups; left > 0; left -= DEPTH) {
      const groups = min(left, DEPTH);
      let low0 = i8x16.splat(0), low1 = low0, high0 = low0, high1 = low0;
      for (const end = weights + (groups << 5); weights < end; ) {
        const low = v128.load(table), high = v128.load(table, 16);
        let w = v128.load(weights);
        low0 = i8x16.add(low0, lookup(low, w));
        high0 = i8x16.add(high0, lookup(high, w));
        w = v128.load(weights, 16);
        low1 = i8x16.add(low1, lookup(low, w));
        high1 = i8x16.add(high1, lookup(high, w));
        table += 32;
        weights += 32;
      }
      allLow0 = i16x8.add(allLow0, low0);
      oddLow0 = i16x8.add(oddLow0, i16x8.shr_u(low0, 8));
      allHigh0 = i16x8.add(allHigh0, high0);
      oddHigh0 = i16x8.add(oddHigh0, i16x8.shr_u(high0, 8));
      allLow1 = i16x8.add(allLow1, low1);
      oddLow1 = i16x8.add(oddLow1, i16x8.shr_u(low1, 8));
      allHigh1 = i16x8.add(allHigh1, high1);
      oddHigh1 = i16x8.add(oddHigh1, i16x8.shr_u(high1, 8));
    }
  }
  store16(to, base, allLow0, oddLow0, allHigh0, oddHigh0, channels);
  store16(to + 64, base + 64, allLow1, oddLow1, allHigh1, oddHigh1, channels - 16);
}

function tile16(
  pixel: usize, segments: usize, segmentsEnd: usize, segmentGroups: i32, weights: usize, base: usize, to: usize, channels: i32,
): void {
  let allLow = i16x8.splat(0), oddLow = allLow, allHigh = allLow, oddHigh = allLow;
  for (; segments < segmentsEnd; segments += 4) {
    let table = pixel + load<u32>(segments);
    for (let left = segmentGroups; left > 0; left -= DEPTH) {
      const groups = min(left, DEPTH);
      let low = i8x16.splat(0), high = low;
      for (const end = weights + (groups << 4); weights < end; ) {
        const w = v128.load(weights);
        low = i8x16.add(low, lookup(v128.load(table), w));
        high = i8x16.add(high, lookup(v128.load(table, 16), w));
        table += 32;
        weights += 16;
      }
      allLow = i16x8.add(allLow, low);
      oddLow = i16x8.add(oddLow, i16x8.shr_u(low, 8));
      allHigh = i16x8.add(allHigh, high);
      oddHigh = i16x8.add(oddHigh, i16x8.shr_u(high, 8));
    }
  }
  store16(to, base, allLow, oddLow, allHigh, oddHigh, channels);
}
