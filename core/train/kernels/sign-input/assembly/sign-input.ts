// One-bit inputs over rows of repeated channels; see ../../../operators/sign-input.ts.
import { clipped } from '../../../../kernels/assembly/float32';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow, ROWS_IN_FLOAT32 } from '../../assembly/rows';
import { slopeOf } from '../../assembly/estimators';

/** ±1: the sign bit is that of −1 where x + shift < 0. */
@inline
function signOf(x: v128, shift: v128): v128 {
  return v128.bitselect(f32x4.splat(1), f32x4.splat(-1), f32x4.ge(f32x4.add(x, shift), f32x4.splat(0)));
}

export function takeSigns(x: usize, y: usize, shift: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) v128.store(target + c, signOf(v128.load(source + c), v128.load(shift + c)));
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      storeFour(target + c, signOf(loadFour(source + c, count), v128.load(shift + c)), count);
    }
  }
}

@inline
function softSignOf(x: v128, shift: v128, scale: v128): v128 {
  return clipped(f32x4.mul(f32x4.add(x, shift), scale), f32x4.splat(-1), f32x4.splat(1));
}

/** (x + shift) · scale within ±1. */
export function takeSoftSigns(x: usize, y: usize, shift: usize, scale: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) v128.store(target + c, softSignOf(v128.load(source + c), v128.load(shift + c), v128.load(scale + c)));
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      storeFour(target + c, softSignOf(loadFour(source + c, count), v128.load(shift + c), v128.load(scale + c)), count);
    }
  }
}

@inline
function signGradient(code: i32, x: v128, dy: v128, shift: v128, scale: v128, strength: v128): v128 {
  return f32x4.mul(f32x4.mul(dy, scale), slopeOf(code, f32x4.mul(f32x4.add(x, shift), scale), strength));
}

/**
 * dx = dy · scale · slope((x + shift) · scale) over chunks from..to of `chunkRows` rows, and Σ dx of each channel of a row,
 * float64, at partials + chunk · width.
 */
export function takeSignsGradient(
  x: usize, dy: usize, dx: usize, shift: usize, scale: usize, width: i32, length: i32, chunkRows: i32, code: i32, strength: f32, partials: usize, from: i32, to: i32,
): void {
  const strengths = f32x4.splat(strength);
  const rowBytes: usize = width << 2;
  const rows = (length + width - 1) / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 3);
    memory.fill(sums, 0, width << 3);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const last = min(row + ROWS_IN_FLOAT32, end);
      const isShort = last * width > length;
      const wholes = (isShort ? last - 1 : last) - row;
      for (let c: usize = 0; c < rowBytes; c += 16) {
        const offset = (row * width << 2) + c;
        const sum = gradientColumn(code, x + offset, dy + offset, dx + offset, v128.load(shift + c), v128.load(scale + c), strengths, wholes, rowBytes);
        addToDoubles(sums + (c << 1), sum);
      }
      if (isShort) {
        const start = (last - 1) * rowBytes;
        const shortBytes = bytesOfRow(last - 1, width, length);
        for (let c: usize = 0; c < shortBytes; c += 16) {
          const at = start + c;
          const count = min(4, <i32>(shortBytes - c) >> 2);
          const values = loadFour(x + at, count);
          const gradients = loadFour(dy + at, count);
          const result = signGradient(code, values, gradients, v128.load(shift + c), v128.load(scale + c), strengths);
          storeFour(dx + at, result, count);
          addToDoubles(sums + (c << 1), result);
        }
      }
    }
  }
}

/** Four channels down the rows; which estimator it is, is decided outside of the loop. */
function gradientColumn(code: i32, x: usize, dy: usize, dx: usize, shift: v128, scale: v128, strength: v128, rows: i32, rowBytes: usize): v128 {
  if (code == 0) return columnOf(0, x, dy, dx, shift, scale, strength, rows, rowBytes);
  if (code == 1) return columnOf(1, x, dy, dx, shift, scale, strength, rows, rowBytes);
  if (code == 2) return columnOf(2, x, dy, dx, shift, scale, strength, rows, rowBytes);
  if (code == 3) return columnOf(3, x, dy, dx, shift, scale, strength, rows, rowBytes);
  return columnOf(4, x, dy, dx, shift, scale, strength, rows, rowBytes);
}

@inline
function columnOf(code: i32, x: usize, dy: usize, dx: usize, shift: v128, scale: v128, strength: v128, rows: i32, rowBytes: usize): v128 {
  let sum = f32x4.splat(0);
  let at: usize = 0;
  for (; rows > 0; rows--, at += rowBytes) {
    const result = signGradient(code, v128.load(x + at), v128.load(dy + at), shift, scale, strength);
    v128.store(dx + at, result);
    sum = f32x4.add(sum, result);
  }
  return sum;
}
