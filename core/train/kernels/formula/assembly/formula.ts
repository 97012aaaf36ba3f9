// The arithmetic of weight formulas, one IEEE 754 operation each: the bits of core/quant/array-ops.ts.
import { loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow } from '../../assembly/rows';

@inline
function combined(operation: i32, a: v128, b: v128): v128 {
  if (operation == 0) return f32x4.add(a, b);
  if (operation == 1) return f32x4.sub(a, b);
  if (operation == 2) return f32x4.mul(a, b);
  if (operation == 3) return f32x4.div(a, b);
  if (operation == 4) return f32x4.min(a, b);
  if (operation == 5) return f32x4.max(a, b);
  if (operation == 6) return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  return v128.and(f32x4.ge(a, b), f32x4.splat(1));
}

/** Rows from..to; `advanceA` and `advanceB` are the bytes from one row of the operand to its next: 0 where it has only one. */
export function combineValues(operation: i32, a: usize, advanceA: usize, b: usize, advanceB: usize, y: usize, width: i32, length: i32, from: i32, to: i32): void {
  if (operation == 0) combineRows(0, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 1) combineRows(1, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 2) combineRows(2, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 3) combineRows(3, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 4) combineRows(4, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 5) combineRows(5, a, advanceA, b, advanceB, y, width, length, from, to);
  else if (operation == 6) combineRows(6, a, advanceA, b, advanceB, y, width, length, from, to);
  else combineRows(7, a, advanceA, b, advanceB, y, width, length, from, to);
}

@inline
function combineRows(operation: i32, a: usize, advanceA: usize, b: usize, advanceB: usize, y: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const left = a + row * advanceA, right = b + row * advanceB, target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) v128.store(target + c, combined(operation, v128.load(left + c), v128.load(right + c)));
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      storeFour(target + c, combined(operation, loadFour(left + c, count), loadFour(right + c, count)), count);
    }
  }
}

@inline
function mapped(operation: i32, x: v128): v128 {
  if (operation == 0) return f32x4.abs(x);
  if (operation == 1) return f32x4.nearest(x);
  return v128.bitselect(f32x4.splat(1), f32x4.splat(-1), f32x4.ge(x, f32x4.splat(0)));
}

export function mapValues(operation: i32, x: usize, y: usize, from: i32, to: i32): void {
  if (operation == 0) mapElements(0, x, y, from, to);
  else if (operation == 1) mapElements(1, x, y, from, to);
  else mapElements(2, x, y, from, to);
}

@inline
function mapElements(operation: i32, x: usize, y: usize, from: i32, to: i32): void {
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, mapped(operation, v128.load(x + at)));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, mapped(operation, loadFour(x + at, count)), count);
  }
}
