// One-bit inputs over rows of repeated channels; see ../../../operators/sign-input.ts.
import { clipped } from '../../../../kernels/assembly/float32';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow, ROWS_IN_FLOAT32 } from '../../assembly/rows';
import { scratchAt } from '../../assembly/scratch';
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
  slot: usize,
): void {
  const scratch = scratchAt(slot);
  if (code == 0) gradientOf(0, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to, scratch);
  else if (code == 1) gradientOf(1, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to, scratch);
  else if (code == 2) gradientOf(2, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to, scratch);
  else if (code == 3) gradientOf(3, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to, scratch);
  else gradientOf(4, x, dy, dx, shift, scale, width, length, chunks, chunkRows, strength, partials, from, to, scratch);
}

@inline
function gradientOf(
  code: i32, x: usize, dy: usize, dx: usize, shift: usize, scale: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, strength: f32, partials: usize, from: i32, to: i32,
  scratch: usize,
): void {
  const strengths = f32x4.splat(strength);
  const rowBytes: usize = width << 2;
  const rows = length / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 3);
    memory.fill(sums, 0, width << 3);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const last = min(row + ROWS_IN_FLOAT32, end);
      memory.fill(scratch, 0, rowBytes);
      // Along the rows, as they lie in memory: down a column the processor would wait for every row.
      for (let at = row * rowBytes; at < last * rowBytes; at += rowBytes) {
        for (let c: usize = 0; c < rowBytes; c += 16) {
          const g = signGradient(code, v128.load(x + at + c), v128.load(dy + at + c), v128.load(shift + c), v128.load(scale + c), strengths);
          v128.store(dx + at + c, g);
          v128.store(scratch + c, f32x4.add(v128.load(scratch + c), g));
        }
      }
      for (let c: usize = 0; c < rowBytes; c += 16) addToDoubles(sums + (c << 1), v128.load(scratch + c));
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
