import { finishInt32 } from '../../assembly/finish';
import { storeEight } from '../../assembly/lanes';

/** int8 → int16 (q − zeroPoint), every channel repeated `multiplier` times. */
export function repeatInt8Channels(
  from: usize, to: usize, rows: i32, rowCount: i32, toStride: i32, multiplier: i32, zeroPoint: i32,
): void {
  for (let y = 0; y < rows; y++) {
    let at = to;
    for (let i = 0; i < rowCount; i++) {
      const x = <i16>(<i32>load<i8>(from) - zeroPoint);
      from++;
      for (let m = 0; m < multiplier; m++) {
        store<i16>(at, x);
        at += 2;
      }
    }
    to += toStride;
  }
}

/**
 * Tiles of 4 output pixels × 8 channels; one dot takes two taps at once. Weights: int16 [channel block][pair of taps][8][2], an
 * odd last tap beside a code of 0. The image may be read up to 14 bytes past a pixel's last channel. Ranges and sums as in
 * integerConvP4C8.
 */
export function integerDepthwiseC8(
  image: usize, pixels: usize, taps: usize, tapPairs: i32,
  weights: usize, channels: i32, chunk: i32, sums: usize, finish: usize, output: usize, from: i32, to: i32,
): void {
  sums += (from * channels) << 2;
  const tapsEnd = taps + (tapPairs << 3);
  const stride = channels << 2;
  for (let first = from; first < to; first += chunk) {
    const count = min(chunk, to - first);
    const last = pixels + ((first + count) << 2);
    let w = weights;
    for (let c = 0; c < channels; c += 8) {
      const block = image + (c << 1);
      const left = channels - c;
      let at = sums + (c << 2);
      let pixel = pixels + (first << 2);
      for (; pixel + 16 <= last; pixel += 16) {
        tile4(block, pixel, taps, tapsEnd, w, at, stride, left);
        at += stride << 2;
      }
      for (; pixel < last; pixel += 4) {
        tile1(block + load<u32>(pixel), taps, tapsEnd, w, at, left);
        at += stride;
      }
      w += tapPairs << 5;
    }
    finishInt32(finish, sums, output, first, count, channels);
  }
}

@inline
function lowPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

@inline
function highPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function tile4(
  image: usize, pixels: usize, taps: usize, tapsEnd: usize, weights: usize, to: usize, stride: usize, channels: i32,
): void {
  const p0 = image + load<u32>(pixels), p1 = image + load<u32>(pixels, 4);
  const p2 = image + load<u32>(pixels, 8), p3 = image + load<u32>(pixels, 12);
  let s00 = i32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (; taps < tapsEnd; taps += 8) {
    const tap0: usize = load<u32>(taps), tap1: usize = load<u32>(taps, 4);
    const w0 = v128.load(weights), w1 = v128.load(weights, 16);
    let a = v128.load(p0 + tap0), b = v128.load(p0 + tap1);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(lowPairs(a, b), w0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(highPairs(a, b), w1));
    a = v128.load(p1 + tap0);
    b = v128.load(p1 + tap1);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(lowPairs(a, b), w0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(highPairs(a, b), w1));
    a = v128.load(p2 + tap0);
    b = v128.load(p2 + tap1);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(lowPairs(a, b), w0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(highPairs(a, b), w1));
    a = v128.load(p3 + tap0);
    b = v128.load(p3 + tap1);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(lowPairs(a, b), w0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(highPairs(a, b), w1));
    weights += 32;
  }
  storeEight(to, s00, s01, channels);
  to += stride;
  storeEight(to, s10, s11, channels);
  to += stride;
  storeEight(to, s20, s21, channels);
  to += stride;
  storeEight(to, s30, s31, channels);
}

function tile1(pixel: usize, taps: usize, tapsEnd: usize, weights: usize, to: usize, channels: i32): void {
  let s0 = i32x4.splat(0), s1 = s0;
  for (; taps < tapsEnd; taps += 8) {
    const a = v128.load(pixel + load<u32>(taps)), b = v128.load(pixel + load<u32>(taps, 4));
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(lowPairs(a, b), v128.load(weights)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(highPairs(a, b), v128.load(weights, 16)));
    weights += 32;
  }
  storeEight(to, s0, s1, channels);
}
