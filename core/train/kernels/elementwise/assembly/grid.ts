// Elements from..to, four at a time, bit for bit as in ../../../operators/int8-grid.ts.
import { clipped } from '../../../../kernels/assembly/float32';
import { isOnGrid, roundToGrid } from '../../assembly/grid';
import { loadFour, storeFour } from '../../assembly/lanes';

export function putOnGrid(x: usize, y: usize, inverse: f32, scale: f32, low: f32, high: f32, from: i32, to: i32): void {
  const inverses = f32x4.splat(inverse), scales = f32x4.splat(scale), lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, roundToGrid(v128.load(x + at), inverses, scales, lows, highs));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, roundToGrid(loadFour(x + at, count), inverses, scales, lows, highs), count);
  }
}

export function putOnGridGradient(x: usize, dy: usize, dx: usize, inverse: f32, low: f32, high: f32, from: i32, to: i32): void {
  const inverses = f32x4.splat(inverse), lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(dx + at, v128.and(v128.load(dy + at), isOnGrid(v128.load(x + at), inverses, lows, highs)));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(dx + at, v128.and(loadFour(dy + at, count), isOnGrid(loadFour(x + at, count), inverses, lows, highs)), count);
  }
}

/** rne(x ÷ scale) + zeroPoint */
export function codesOnGrid(x: usize, y: usize, scale: f32, zeroPoint: f32, from: i32, to: i32): void {
  const scales = f32x4.splat(scale), zeros = f32x4.splat(zeroPoint);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, f32x4.add(f32x4.nearest(f32x4.div(v128.load(x + at), scales)), zeros));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, f32x4.add(f32x4.nearest(f32x4.div(loadFour(x + at, count), scales)), zeros), count);
  }
}

/** (rne(x) − zeroPoint) · scale */
export function valuesOfCodes(x: usize, y: usize, scale: f32, zeroPoint: f32, from: i32, to: i32): void {
  const scales = f32x4.splat(scale), zeros = f32x4.splat(zeroPoint);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, f32x4.mul(f32x4.sub(f32x4.nearest(v128.load(x + at)), zeros), scales));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, f32x4.mul(f32x4.sub(f32x4.nearest(loadFour(x + at, count)), zeros), scales), count);
  }
}

export function scaleValues(x: usize, y: usize, factor: f32, from: i32, to: i32): void {
  const factors = f32x4.splat(factor);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, f32x4.mul(v128.load(x + at), factors));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, f32x4.mul(loadFour(x + at, count), factors), count);
  }
}

/** Sum of two values on grids, in steps of the output's: rne(rne(a ÷ scaleA)·ratioA + rne(b ÷ scaleB)·ratioB), clipped, · scale. */
export function addOnGrid(
  a: usize, b: usize, y: usize, scaleA: f32, scaleB: f32, ratioA: f32, ratioB: f32, scale: f32, low: f32, high: f32, from: i32, to: i32,
): void {
  const scalesA = f32x4.splat(scaleA), scalesB = f32x4.splat(scaleB), ratiosA = f32x4.splat(ratioA), ratiosB = f32x4.splat(ratioB);
  const scales = f32x4.splat(scale), lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at < end; at += 16) {
    const count = <i32>(end - at) >> 2;
    const left = loadFour(a + at, count);
    const right = loadFour(b + at, count);
    const stepsA = f32x4.mul(f32x4.nearest(f32x4.div(left, scalesA)), ratiosA);
    const stepsB = f32x4.mul(f32x4.nearest(f32x4.div(right, scalesB)), ratiosB);
    const sum = f32x4.mul(clipped(f32x4.nearest(f32x4.add(stepsA, stepsB)), lows, highs), scales);
    storeFour(y + at, sum, count);
  }
}

/** dy where low ≤ a + b ≤ high, otherwise 0. */
export function addOnGridGradient(a: usize, b: usize, dy: usize, dx: usize, low: f32, high: f32, from: i32, to: i32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at < end; at += 16) {
    const count = <i32>(end - at) >> 2;
    const sum = f32x4.add(loadFour(a + at, count), loadFour(b + at, count));
    const gradient = loadFour(dy + at, count);
    storeFour(dx + at, v128.and(gradient, v128.and(f32x4.ge(sum, lows), f32x4.le(sum, highs))), count);
  }
}
