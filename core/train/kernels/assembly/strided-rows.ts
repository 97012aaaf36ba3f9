import { multiplyAdd } from '../../../kernels/assembly/float32';
import { storeSums } from './store-sums';

/**
 * Products of rows that lie `stride` bytes apart and are read where they lie: what row-tiles does for patches of several runs, with
 * less to do for each tile, which matters where sums are short.
 */

/** Rows that are taken at most: a last panel of fewer than eight columns is computed apart, 32 bytes a row. */
export const REST_ROWS: i32 = 48;

/**
 * `count` rows of `terms` floats, at most REST_ROWS, by all column panels: [columns / 8][terms][8], `panelBytes` from one to the next.
 * Output rows lie `outputStride` bytes apart; `adds`: to what is there. rest: REST_ROWS · 32 bytes.
 */
export function multiplyStridedRows(
  source: usize, stride: usize, count: i32, terms: i32, panels: usize, panelBytes: usize, columns: i32,
  output: usize, outputStride: usize, adds: bool, rest: usize,
): void {
  for (; columns >= 8; columns -= 8) {
    multiplyPanel(source, stride, count, terms, panels, output, outputStride, adds);
    panels += panelBytes;
    output += 32;
  }
  if (columns == 0) return;
  multiplyPanel(source, stride, count, terms, panels, rest, 32, false);
  for (; count > 0; count--) {
    storeSums(output, v128.load(rest), v128.load(rest, 16), columns, adds);
    output += outputStride;
    rest += 32;
  }
}

function multiplyPanel(source: usize, stride: usize, count: i32, terms: i32, panel: usize, output: usize, outputStride: usize, adds: bool): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    // Eight rows are left to the smaller tile, so that none are over.
    let six = count / 6;
    if (count - 6 * six == 2 && six > 0) six--;
    if (six > 0) {
      rowsBy6(source, stride, 6 * six, terms, panel, output, outputStride, adds);
      source += 6 * six * stride;
      output += 6 * six * outputStride;
      count -= 6 * six;
    }
  }
  const fours = count & ~3;
  if (fours > 0) {
    rowsBy4(source, stride, fours, terms, panel, output, outputStride, adds);
    source += fours * stride;
    output += fours * outputStride;
    count -= fours;
  }
  if (count > 0) rowsBy1(source, stride, count, terms, panel, output, outputStride, adds);
}

/** 6 rows × 8 columns: 12 sums, 2 weights and 1 input fill the registers, so only where multiply and add are one instruction. */
function rowsBy6(from: usize, stride: usize, count: i32, terms: i32, panel: usize, to: usize, toStride: usize, adds: bool): void {
  const bytes: usize = terms << 2;
  for (; count > 0; count -= 6) {
    let p0 = from, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, p4 = p3 + stride, p5 = p4 + stride;
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
    if (adds) {
      let at = to;
      s00 = v128.load(at);
      s01 = v128.load(at, 16);
      at += toStride;
      s10 = v128.load(at);
      s11 = v128.load(at, 16);
      at += toStride;
      s20 = v128.load(at);
      s21 = v128.load(at, 16);
      at += toStride;
      s30 = v128.load(at);
      s31 = v128.load(at, 16);
      at += toStride;
      s40 = v128.load(at);
      s41 = v128.load(at, 16);
      at += toStride;
      s50 = v128.load(at);
      s51 = v128.load(at, 16);
    }
    let b = panel;
    for (const end = p0 + bytes; p0 < end; p0 += 4) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(p0);
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
      p1 += 4;
      p2 += 4;
      p3 += 4;
      p4 += 4;
      p5 += 4;
      b += 32;
    }
    v128.store(to, s00);
    v128.store(to, s01, 16);
    to += toStride;
    v128.store(to, s10);
    v128.store(to, s11, 16);
    to += toStride;
    v128.store(to, s20);
    v128.store(to, s21, 16);
    to += toStride;
    v128.store(to, s30);
    v128.store(to, s31, 16);
    to += toStride;
    v128.store(to, s40);
    v128.store(to, s41, 16);
    to += toStride;
    v128.store(to, s50);
    v128.store(to, s51, 16);
    to += toStride;
    from += 6 * stride;
  }
}

function rowsBy4(from: usize, stride: usize, count: i32, terms: i32, panel: usize, to: usize, toStride: usize, adds: bool): void {
  const bytes: usize = terms << 2;
  for (; count > 0; count -= 4) {
    let p0 = from, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    if (adds) {
      let at = to;
      s00 = v128.load(at);
      s01 = v128.load(at, 16);
      at += toStride;
      s10 = v128.load(at);
      s11 = v128.load(at, 16);
      at += toStride;
      s20 = v128.load(at);
      s21 = v128.load(at, 16);
      at += toStride;
      s30 = v128.load(at);
      s31 = v128.load(at, 16);
    }
    let b = panel;
    for (const end = p0 + bytes; p0 < end; p0 += 4) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(p0);
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
      p1 += 4;
      p2 += 4;
      p3 += 4;
      b += 32;
    }
    v128.store(to, s00);
    v128.store(to, s01, 16);
    to += toStride;
    v128.store(to, s10);
    v128.store(to, s11, 16);
    to += toStride;
    v128.store(to, s20);
    v128.store(to, s21, 16);
    to += toStride;
    v128.store(to, s30);
    v128.store(to, s31, 16);
    to += toStride;
    from += 4 * stride;
  }
}

function rowsBy1(from: usize, stride: usize, count: i32, terms: i32, panel: usize, to: usize, toStride: usize, adds: bool): void {
  const bytes: usize = terms << 2;
  for (; count > 0; count -= 1) {
    let p0 = from;
    let s00 = f32x4.splat(0), s01 = s00;
    if (adds) {
      let at = to;
      s00 = v128.load(at);
      s01 = v128.load(at, 16);
    }
    let b = panel;
    for (const end = p0 + bytes; p0 < end; p0 += 4) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(p0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      b += 32;
    }
    v128.store(to, s00);
    v128.store(to, s01, 16);
    to += toStride;
    from += stride;
  }
}
