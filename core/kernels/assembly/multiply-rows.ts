import { clipped, multiplyAdd } from './float32';
import { storeLanes } from './lanes';

/**
 * Rows of a patch gathered from `source` in turn: few enough that their patches stay in the cache while all weights pass by.
 * Divisible by the rows of both tiles.
 */
const BLOCK_ROWS: i32 = 48;

/**
 * output[r] = clip(bias + patch(r) · weights) for rows from..to. The patch of row r is `segmentCount` runs of `segmentLength`
 * floats, at rows[r] + segments[s] bytes from `source`. Weights: [column block][k][8], bias: whole blocks of 8. A convolution
 * when rows are pixels, a matrix product when the one segment is a row. Output: [row][columns], tight.
 */
export function multiplyRows(
  source: usize, rows: usize, segments: usize, segmentCount: i32, segmentLength: i32,
  weights: usize, bias: usize, output: usize, columns: i32, low: f32, high: f32, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  const segmentsEnd = segments + (segmentCount << 2);
  const segmentBytes = segmentLength << 2;
  const blockBytes = (segmentCount * segmentLength) << 5;
  const stride = columns << 2;
  let first = from;
  while (first < to) {
    // A few rows over join the last block: the weights pass by once for each.
    const last = to - first < BLOCK_ROWS + BLOCK_ROWS / 2 ? to : first + BLOCK_ROWS;
    let w = weights, b = bias, column = output;
    for (let left = columns; left > 0; left -= 8) {
      let i = first;
      if (ASC_FEATURE_RELAXED_SIMD) {
        // Eight rows are left to the smaller tile, so that none are over.
        for (; i + 6 <= last && i + 8 != last; i += 6) {
          tile6(source, rows + (i << 2), segments, segmentsEnd, segmentBytes, w, b, column + i * stride, stride, left, lowest, highest);
        }
      }
      for (; i + 4 <= last; i += 4) {
        tile4(source, rows + (i << 2), segments, segmentsEnd, segmentBytes, w, b, column + i * stride, stride, left, lowest, highest);
      }
      if (i + 1 < last && last - first >= 4) {
        // Two or three rows over: the last four are computed, some of them again.
        i = last - 4;
        tile4(source, rows + (i << 2), segments, segmentsEnd, segmentBytes, w, b, column + i * stride, stride, left, lowest, highest);
        i = last;
      }
      for (; i < last; i++) {
        multiplyRow(source + load<u32>(rows + (i << 2)), segments, segmentsEnd, segmentBytes, w, b, column + i * stride, left, lowest, highest);
      }
      column += 32;
      w += blockBytes;
      b += 32;
    }
    first = last;
  }
}

/** 6 rows × 8 columns: 12 sums, 2 weights and 1 input fill the registers, so only where multiply and add are one instruction. */
function tile6(
  source: usize, rows: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, bias: usize, to: usize, toStride: usize, columns: i32, low: v128, high: v128,
): void {
  const a0 = source + load<u32>(rows);
  const a1 = source + load<u32>(rows, 4);
  const a2 = source + load<u32>(rows, 8);
  const a3 = source + load<u32>(rows, 12);
  const a4 = source + load<u32>(rows, 16);
  const a5 = source + load<u32>(rows, 20);
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01, s40 = s00, s41 = s01, s50 = s00, s51 = s01;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset, p4 = a4 + offset, p5 = a5 + offset;
    const end = p0 + segmentBytes;
    while (p0 < end) {
      const w0 = v128.load(weights), w1 = v128.load(weights, 16);
      let x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, w0, s00);
      s01 = multiplyAdd(x, w1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, w0, s10);
      s11 = multiplyAdd(x, w1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, w0, s20);
      s21 = multiplyAdd(x, w1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, w0, s30);
      s31 = multiplyAdd(x, w1, s31);
      x = v128.load32_splat(p4);
      s40 = multiplyAdd(x, w0, s40);
      s41 = multiplyAdd(x, w1, s41);
      x = v128.load32_splat(p5);
      s50 = multiplyAdd(x, w0, s50);
      s51 = multiplyAdd(x, w1, s51);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      p4 += 4;
      p5 += 4;
      weights += 32;
    }
  }
  storeRow(to, clipped(s00, low, high), clipped(s01, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s10, low, high), clipped(s11, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s20, low, high), clipped(s21, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s30, low, high), clipped(s31, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s40, low, high), clipped(s41, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s50, low, high), clipped(s51, low, high), columns);
}

/** 4 rows × 8 columns. */
function tile4(
  source: usize, rows: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, bias: usize, to: usize, toStride: usize, columns: i32, low: v128, high: v128,
): void {
  const a0 = source + load<u32>(rows);
  const a1 = source + load<u32>(rows, 4);
  const a2 = source + load<u32>(rows, 8);
  const a3 = source + load<u32>(rows, 12);
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset;
    const end = p0 + segmentBytes;
    while (p0 < end) {
      const w0 = v128.load(weights), w1 = v128.load(weights, 16);
      let x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, w0, s00);
      s01 = multiplyAdd(x, w1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, w0, s10);
      s11 = multiplyAdd(x, w1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, w0, s20);
      s21 = multiplyAdd(x, w1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, w0, s30);
      s31 = multiplyAdd(x, w1, s31);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      weights += 32;
    }
  }
  storeRow(to, clipped(s00, low, high), clipped(s01, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s10, low, high), clipped(s11, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s20, low, high), clipped(s21, low, high), columns);
  to += toStride;
  storeRow(to, clipped(s30, low, high), clipped(s31, low, high), columns);
}

/** One row × 8 columns, for dense layers and the row over: four steps of k keep eight sums in flight. */
export function multiplyRow(
  row: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, bias: usize, to: usize, columns: i32, low: v128, high: v128,
): void {
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = f32x4.splat(0), s11 = s10, s20 = s10, s21 = s10, s30 = s10, s31 = s10;
  for (; segments < segmentsEnd; segments += 4) {
    let p = row + load<u32>(segments);
    const end = p + segmentBytes;
    for (; p + 16 <= end; p += 16) {
      let x = v128.load32_splat(p);
      s00 = multiplyAdd(x, v128.load(weights), s00);
      s01 = multiplyAdd(x, v128.load(weights, 16), s01);
      x = v128.load32_splat(p, 4);
      s10 = multiplyAdd(x, v128.load(weights, 32), s10);
      s11 = multiplyAdd(x, v128.load(weights, 48), s11);
      x = v128.load32_splat(p, 8);
      s20 = multiplyAdd(x, v128.load(weights, 64), s20);
      s21 = multiplyAdd(x, v128.load(weights, 80), s21);
      x = v128.load32_splat(p, 12);
      s30 = multiplyAdd(x, v128.load(weights, 96), s30);
      s31 = multiplyAdd(x, v128.load(weights, 112), s31);
      weights += 128;
    }
    for (; p < end; p += 4) {
      const x = v128.load32_splat(p);
      s00 = multiplyAdd(x, v128.load(weights), s00);
      s01 = multiplyAdd(x, v128.load(weights, 16), s01);
      weights += 32;
    }
  }
  const s0 = f32x4.add(f32x4.add(s00, s10), f32x4.add(s20, s30)), s1 = f32x4.add(f32x4.add(s01, s11), f32x4.add(s21, s31));
  storeRow(to, clipped(s0, low, high), clipped(s1, low, high), columns);
}

function storeRow(to: usize, s0: v128, s1: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(to, s0);
    v128.store(to, s1, 16);
  } else {
    storeLanes(to, s0, columns);
    storeLanes(to + 16, s1, columns - 4);
  }
}
