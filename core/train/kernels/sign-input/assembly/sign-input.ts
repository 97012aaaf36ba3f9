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
 * float64, at partials + chunk · width. The short row belongs to the last chunk.
 */
export function takeSignsGradient(
  x: usize, dy: usize, dx: usize, shift: usize, scale: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, code: i32, strength: f32, partials: usize, from: i32, to: i32,
): void {
  if (code == 0) gradientOf(0, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to);
  else if (code == 1) gradientOf(1, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to);
  else if (code == 2) gradientOf(2, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to);
  else if (code == 3) gradientOf(3, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to);
  else gradientOf(4, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to);
}

@inline
function gradientOf(
  code: i32, x: usize, dy: usize, dx: usize, shift: usize, scale: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, strength: f32, partials: usize, from: i32, to: i32,
): void {
  const strengths = f32x4.splat(strength);
  const rowBytes: usize = width << 2;
  const rows = length / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 3);
    memory.fill(sums, 0, width << 3);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const count = min(ROWS_IN_FLOAT32, end - row);
      for (let c: usize = 0; c < rowBytes; c += 32) {
        const shift0 = v128.load(shift + c), shift1 = v128.load(shift + c, 16), scale0 = v128.load(scale + c), scale1 = v128.load(scale + c, 16);
        let s0 = f32x4.splat(0), s1 = s0;
        let at = row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const g0 = signGradient(code, v128.load(x + at), v128.load(dy + at), shift0, scale0, strengths);
          const g1 = signGradient(code, v128.load(x + at, 16), v128.load(dy + at, 16), shift1, scale1, strengths);
          v128.store(dx + at, g0);
          v128.store(dx + at, g1, 16);
          s0 = f32x4.add(s0, g0);
          s1 = f32x4.add(s1, g1);
        }
        addToDoubles(sums + (c << 1), s0);
        addToDoubles(sums + (c << 1) + 32, s1);
      }
    }
    if (chunk + 1 == chunks) {
      const rest: usize = (length - rows * width) << 2;
      for (let c: usize = 0; c < rest; c += 16) {
        const at = rows * rowBytes + c;
        const count = <i32>(rest - c) >> 2;
        const result = signGradient(code, loadFour(x + at, count), loadFour(dy + at, count), v128.load(shift + c), v128.load(scale + c), strengths);
        storeFour(dx + at, result, count);
        addToDoubles(sums + (c << 1), result);
      }
    }
  }
}
