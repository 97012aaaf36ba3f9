import { multiplyAdd } from '../../../kernels/assembly/float32';
import { storeSums } from './store-sums';

/** Up to so many columns, the right side is read where it lies. */
export const FEW_COLUMNS: i32 = 32;

/**
 * Sums of outer products: output[i][j] = Σ_p left[p][i] · right[p][j] over `count` rows, the order of which is the order of the
 * sum. Row p of the left side is read where it lies, at source + rows[p]. `height`, the floats of a row that are taken, is a
 * multiple of 4, `columns` of 8; both may go beyond what is there, since sums of one do not meet those of another. Output rows
 * are `outputStride` bytes apart; `adds`: to what is there.
 */
export function sumOuterProducts(
  source: usize, rows: usize, count: i32, height: i32, right: usize, rightStride: usize, columns: i32,
  output: usize, outputStride: usize, adds: bool,
): void {
  const rowsEnd = rows + (count << 2);
  for (; columns > 0; columns -= 8) {
    let left = height, from = source, to = output;
    if (ASC_FEATURE_RELAXED_SIMD) {
      for (; left >= 6 && left != 8; left -= 6) {
        tile6(from, rows, rowsEnd, right, rightStride, to, outputStride, adds);
        from += 24;
        to += 6 * outputStride;
      }
    }
    for (; left >= 4; left -= 4) {
      tile4(from, rows, rowsEnd, right, rightStride, to, outputStride, adds);
      from += 16;
      to += 4 * outputStride;
    }
    right += 32;
    output += 32;
  }
}

/** Eight columns of `count` rows, next to one another: rows far apart would share cache sets. */
function packColumns(from: usize, stride: usize, count: i32, to: usize): void {
  for (; count > 0; count--) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += stride;
    to += 32;
  }
}

/** The same with every eight columns of the right side packed first; packed: count · 32 bytes. */
export function sumOuterProductsPacked(
  source: usize, rows: usize, count: i32, height: i32, right: usize, rightStride: usize, columns: i32,
  output: usize, outputStride: usize, adds: bool, packed: usize,
): void {
  for (; columns > 0; columns -= 8) {
    packColumns(right, rightStride, count, packed);
    sumOuterProducts(source, rows, count, height, packed, 32, 8, output, outputStride, adds);
    right += 32;
    output += 32;
  }
}

/** 6 × 8 sums, as many as the registers hold where multiply and add are one instruction. */
function tile6(source: usize, rows: usize, rowsEnd: usize, right: usize, rightStride: usize, to: usize, toStride: usize, adds: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  for (; rows < rowsEnd; rows += 4) {
    const left = source + load<u32>(rows);
    const b0 = v128.load(right), b1 = v128.load(right, 16);
    let x = v128.load32_splat(left);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(left, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(left, 8);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(left, 12);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    x = v128.load32_splat(left, 16);
    s40 = multiplyAdd(x, b0, s40);
    s41 = multiplyAdd(x, b1, s41);
    x = v128.load32_splat(left, 20);
    s50 = multiplyAdd(x, b0, s50);
    s51 = multiplyAdd(x, b1, s51);
    right += rightStride;
  }
  storeSums(to, s00, s01, 8, adds);
  to += toStride;
  storeSums(to, s10, s11, 8, adds);
  to += toStride;
  storeSums(to, s20, s21, 8, adds);
  to += toStride;
  storeSums(to, s30, s31, 8, adds);
  to += toStride;
  storeSums(to, s40, s41, 8, adds);
  to += toStride;
  storeSums(to, s50, s51, 8, adds);
}

function tile4(source: usize, rows: usize, rowsEnd: usize, right: usize, rightStride: usize, to: usize, toStride: usize, adds: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (; rows < rowsEnd; rows += 4) {
    const left = source + load<u32>(rows);
    const b0 = v128.load(right), b1 = v128.load(right, 16);
    let x = v128.load32_splat(left);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(left, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(left, 8);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(left, 12);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    right += rightStride;
  }
  storeSums(to, s00, s01, 8, adds);
  to += toStride;
  storeSums(to, s10, s11, 8, adds);
  to += toStride;
  storeSums(to, s20, s21, 8, adds);
  to += toStride;
  storeSums(to, s30, s31, 8, adds);
}
