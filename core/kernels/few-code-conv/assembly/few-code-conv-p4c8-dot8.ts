import { finishInt32 } from '../../assembly/finish';
import { storeEight } from '../../assembly/lanes';

/**
 * Direct convolution over int8 in tiles of 4 output pixels × 8 output channels, for weights of few different codes: patch to
 * 0..15 they fit the seven bits of a relaxed dot, which adds two products to an int16 with one answer on every processor. `depth`
 * such sums fit an int16. Weights: int8 [channel block][quad][8][4], the end of a segment 0. `lowest`, the code that became 0, times
 * the sum of the patch is added back; `bases` are −zeroPoint·Σ code. `segmentLength` counts inputs, which are read up to 3
 * past the end. Ranges, chunks and sums as in integerConvP4C8; `patchSums` holds one int32 an output pixel.
 */
export function fewCodeConvP4C8(
  image: usize, pixels: usize, segments: usize, segmentCount: i32, segmentLength: i32,
  weights: usize, bases: usize, lowest: i32, depth: i32, patchSums: usize,
  channels: i32, chunk: i32, sums: usize, finish: usize, output: usize, from: i32, to: i32,
): void {
  const segmentsEnd = segments + (segmentCount << 2);
  const segmentQuads = (segmentLength + 3) >> 2;
  const blockBytes = (segmentCount * segmentQuads) << 5;
  const stride = channels << 2;
  sums += (from * channels) << 2;
  patchSums += from << 2;
  for (let first = from; first < to; first += chunk) {
    const count = min(chunk, to - first);
    const chunkPixels = pixels + (first << 2);
    for (let i = 0; i < count; i++) {
      const sum = patchSum(image + load<u32>(chunkPixels + (i << 2)), segments, segmentsEnd, segmentLength);
      store<i32>(patchSums + (i << 2), lowest * sum);
    }
    let w = weights, base = bases, block = sums;
    for (let left = channels; left > 0; left -= 8) {
      let at = block;
      let i = 0;
      for (; i + 4 <= count; i += 4) {
        tile4(
          image, chunkPixels + (i << 2), segments, segmentsEnd, segmentQuads, depth, w, base, patchSums + (i << 2), at, stride, left,
        );
        at += stride << 2;
      }
      for (; i < count; i++) {
        const pixel = image + load<u32>(chunkPixels + (i << 2));
        tile1(pixel, segments, segmentsEnd, segmentQuads, depth, w, base, patchSums + (i << 2), at, left);
        at += stride;
      }
      w += blockBytes;
      base += 32;
      block += 32;
    }
    finishInt32(finish, sums, output, first, count, channels);
  }
}

function patchSum(pixel: usize, segments: usize, segmentsEnd: usize, segmentLength: i32): i32 {
  let sums = i32x4.splat(0);
  let rest = 0;
  for (; segments < segmentsEnd; segments += 4) {
    let p = pixel + load<u32>(segments);
    const end = p + segmentLength;
    for (; p + 16 <= end; p += 16) sums = i32x4.add(sums, quadSums(v128.load(p)));
    if (p + 8 <= end) {
      sums = i32x4.add(sums, quadSums(v128.load64_zero(p)));
      p += 8;
    }
    for (; p < end; p++) rest += load<i8>(p);
  }
  const halves = i32x4.add(sums, i64x2.shuffle(sums, sums, 1, 0));
  return rest + i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
}

@inline
function quadSums(bytes: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(bytes));
}

@inline
function addDot(sum: v128, x: v128, w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i16x8.add(sum, i16x8.relaxed_dot_i8x16_i7x16_s(x, w));
  } else {
    // The kernel's row says that it needs the relaxed build.
    return unreachable();
  }
}

@inline
function widen(total: v128, sum: v128): v128 {
  return i32x4.add(total, i32x4.extadd_pairwise_i16x8_s(sum));
}

function tile4(
  image: usize, pixels: usize, segments: usize, segmentsEnd: usize, segmentQuads: i32, depth: i32,
  weights: usize, base: usize, patchSums: usize, to: usize, stride: usize, channels: i32,
): void {
  const a0 = image + load<u32>(pixels), a1 = image + load<u32>(pixels, 4);
  const a2 = image + load<u32>(pixels, 8), a3 = image + load<u32>(pixels, 12);
  let x = v128.load32_splat(patchSums);
  let t00 = i32x4.add(v128.load(base), x), t01 = i32x4.add(v128.load(base, 16), x);
  x = v128.load32_splat(patchSums, 4);
  let t10 = i32x4.add(v128.load(base), x), t11 = i32x4.add(v128.load(base, 16), x);
  x = v128.load32_splat(patchSums, 8);
  let t20 = i32x4.add(v128.load(base), x), t21 = i32x4.add(v128.load(base, 16), x);
  x = v128.load32_splat(patchSums, 12);
  let t30 = i32x4.add(v128.load(base), x), t31 = i32x4.add(v128.load(base, 16), x);
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset;
    for (let left = segmentQuads; left > 0; left -= depth) {
      let s00 = i16x8.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
      for (const end = p0 + (min(left, depth) << 2); p0 < end; ) {
        const w0 = v128.load(weights), w1 = v128.load(weights, 16);
        x = v128.load32_splat(p0);
        s00 = addDot(s00, x, w0);
        s01 = addDot(s01, x, w1);
        x = v128.load32_splat(p1);
        s10 = addDot(s10, x, w0);
        s11 = addDot(s11, x, w1);
        x = v128.load32_splat(p2);
        s20 = addDot(s20, x, w0);
        s21 = addDot(s21, x, w1);
        x = v128.load32_splat(p3);
        s30 = addDot(s30, x, w0);
        s31 = addDot(s31, x, w1);
        p0 += 4;
        p1 += 4;
        p2 += 4;
        p3 += 4;
        weights += 32;
      }
      t00 = widen(t00, s00);
      t01 = widen(t01, s01);
      t10 = widen(t10, s10);
      t11 = widen(t11, s11);
      t20 = widen(t20, s20);
      t21 = widen(t21, s21);
      t30 = widen(t30, s30);
      t31 = widen(t31, s31);
    }
  }
  storeEight(to, t00, t01, channels);
  to += stride;
  storeEight(to, t10, t11, channels);
  to += stride;
  storeEight(to, t20, t21, channels);
  to += stride;
  storeEight(to, t30, t31, channels);
}

function tile1(
  pixel: usize, segments: usize, segmentsEnd: usize, segmentQuads: i32, depth: i32,
  weights: usize, base: usize, patchSums: usize, to: usize, channels: i32,
): void {
  const patch = v128.load32_splat(patchSums);
  let t0 = i32x4.add(v128.load(base), patch), t1 = i32x4.add(v128.load(base, 16), patch);
  for (; segments < segmentsEnd; segments += 4) {
    let p = pixel + load<u32>(segments);
    for (let left = segmentQuads; left > 0; left -= depth) {
      let s0 = i16x8.splat(0), s1 = s0;
      for (const end = p + (min(left, depth) << 2); p < end; p += 4) {
        const x = v128.load32_splat(p);
        s0 = addDot(s0, x, v128.load(weights));
        s1 = addDot(s1, x, v128.load(weights, 16));
        weights += 32;
      }
      t0 = widen(t0, s0);
      t1 = widen(t1, s1);
    }
  }
  storeEight(to, t0, t1, channels);
}
