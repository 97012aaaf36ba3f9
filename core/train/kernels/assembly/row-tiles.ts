import { multiplyAdd } from '../../../kernels/assembly/float32';
import { storeSums } from './store-sums';

/**
 * Products of rows that are read where they lie: the patch of row r is all floats of the segments at
 * source + rows[r] + segments[s], and output[r] = patch(r) · panels. Every sum is made in the order of the patch, whichever tile
 * makes it: how rows are divided does not change a bit.
 */

/**
 * `count` rows by all column panels. rows: byte offsets, one a row; panels: [columns / 8][patch][8]; output: rows `outputStride`
 * bytes apart, `columns` of each written, or added to where `adds`. `panelBytes` lies between two panels.
 */
export function multiplyRowTiles(
  source: usize, rows: usize, count: i32, segments: usize, segmentCount: i32, segmentLength: i32,
  panels: usize, panelBytes: usize, columns: i32, output: usize, outputStride: usize, adds: bool,
): void {
  const segmentsEnd = segments + (segmentCount << 2);
  const segmentBytes: usize = segmentLength << 2;
  for (; columns > 0; columns -= 8) {
    let left = count, row = rows, to = output;
    if (ASC_FEATURE_RELAXED_SIMD) {
      // Eight rows are left to the smaller tile, so that none are over.
      for (; left >= 6 && left != 8; left -= 6) {
        tile6(source, row, segments, segmentsEnd, segmentBytes, panels, to, outputStride, columns, adds);
        row += 24;
        to += 6 * outputStride;
      }
    }
    for (; left >= 4; left -= 4) {
      tile4(source, row, segments, segmentsEnd, segmentBytes, panels, to, outputStride, columns, adds);
      row += 16;
      to += 4 * outputStride;
    }
    if (left > 0 && left < count && count >= 4 && !adds) {
      // Up to three rows over: the last four are computed, some of them again.
      const back: usize = 4 - left;
      tile4(source, row - (back << 2), segments, segmentsEnd, segmentBytes, panels, to - back * outputStride, outputStride, columns, false);
      left = 0;
    }
    for (; left > 0; left--) {
      tile1(source, row, segments, segmentsEnd, segmentBytes, panels, to, outputStride, columns, adds);
      row += 4;
      to += outputStride;
    }
    panels += panelBytes;
    output += 32;
  }
}

/** 6 rows × 8 columns: 12 sums, 2 weights and 1 input fill the registers, so only where multiply and add are one instruction. */
function tile6(
  source: usize, rows: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  panel: usize, to: usize, toStride: usize, columns: i32, adds: bool,
): void {
  const a0 = source + load<u32>(rows);
  const a1 = source + load<u32>(rows, 4);
  const a2 = source + load<u32>(rows, 8);
  const a3 = source + load<u32>(rows, 12);
  const a4 = source + load<u32>(rows, 16);
  const a5 = source + load<u32>(rows, 20);
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset, p4 = a4 + offset, p5 = a5 + offset;
    const end = p0 + segmentBytes;
    let b0: v128, b1: v128, x: v128;
    if (segmentBytes & 4) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      x = v128.load32_splat(p4);
      s40 = multiplyAdd(x, b0, s40);
      s41 = multiplyAdd(x, b1, s41);
      x = v128.load32_splat(p5);
      s50 = multiplyAdd(x, b0, s50);
      s51 = multiplyAdd(x, b1, s51);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      p4 += 4;
      p5 += 4;
      panel += 32;
    }
    while (p0 < end) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      x = v128.load32_splat(p4);
      s40 = multiplyAdd(x, b0, s40);
      s41 = multiplyAdd(x, b1, s41);
      x = v128.load32_splat(p5);
      s50 = multiplyAdd(x, b0, s50);
      s51 = multiplyAdd(x, b1, s51);
      b0 = v128.load(panel, 32);
      b1 = v128.load(panel, 48);
      x = v128.load32_splat(p0, 4);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2, 4);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3, 4);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      x = v128.load32_splat(p4, 4);
      s40 = multiplyAdd(x, b0, s40);
      s41 = multiplyAdd(x, b1, s41);
      x = v128.load32_splat(p5, 4);
      s50 = multiplyAdd(x, b0, s50);
      s51 = multiplyAdd(x, b1, s51);
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
      p4 += 8;
      p5 += 8;
      panel += 64;
    }
  }
  storeSums(to, s00, s01, columns, adds);
  to += toStride;
  storeSums(to, s10, s11, columns, adds);
  to += toStride;
  storeSums(to, s20, s21, columns, adds);
  to += toStride;
  storeSums(to, s30, s31, columns, adds);
  to += toStride;
  storeSums(to, s40, s41, columns, adds);
  to += toStride;
  storeSums(to, s50, s51, columns, adds);
}

function tile4(
  source: usize, rows: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  panel: usize, to: usize, toStride: usize, columns: i32, adds: bool,
): void {
  const a0 = source + load<u32>(rows);
  const a1 = source + load<u32>(rows, 4);
  const a2 = source + load<u32>(rows, 8);
  const a3 = source + load<u32>(rows, 12);
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset;
    const end = p0 + segmentBytes;
    let b0: v128, b1: v128, x: v128;
    if (segmentBytes & 4) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      panel += 32;
    }
    while (p0 < end) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      b0 = v128.load(panel, 32);
      b1 = v128.load(panel, 48);
      x = v128.load32_splat(p0, 4);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(p1, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(p2, 4);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(p3, 4);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
      panel += 64;
    }
  }
  storeSums(to, s00, s01, columns, adds);
  to += toStride;
  storeSums(to, s10, s11, columns, adds);
  to += toStride;
  storeSums(to, s20, s21, columns, adds);
  to += toStride;
  storeSums(to, s30, s31, columns, adds);
}

function tile1(
  source: usize, rows: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  panel: usize, to: usize, toStride: usize, columns: i32, adds: bool,
): void {
  const a0 = source + load<u32>(rows);
  let s00 = f32x4.splat(0), s01 = s00;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset;
    const end = p0 + segmentBytes;
    let b0: v128, b1: v128, x: v128;
    if (segmentBytes & 4) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      p0 += 4;
      panel += 32;
    }
    while (p0 < end) {
      b0 = v128.load(panel);
      b1 = v128.load(panel, 16);
      x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      b0 = v128.load(panel, 32);
      b1 = v128.load(panel, 48);
      x = v128.load32_splat(p0, 4);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      p0 += 8;
      panel += 64;
    }
  }
  storeSums(to, s00, s01, columns, adds);
}
