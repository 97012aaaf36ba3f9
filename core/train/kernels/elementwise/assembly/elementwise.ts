// Elements from..to, four at a time; see ../../../operators/elementwise.ts.
import { clipped } from '../../../../kernels/assembly/float32';
import { loadFour, storeFour } from '../../assembly/lanes';

export function clipValues(x: usize, y: usize, low: f32, high: f32, from: i32, to: i32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(y + at, clipped(v128.load(x + at), lows, highs));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(y + at, clipped(loadFour(x + at, count), lows, highs), count);
  }
}

/** dy where low < x < high, otherwise 0. */
export function clipGradient(x: usize, dy: usize, dx: usize, low: f32, high: f32, from: i32, to: i32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(dx + at, strictlyInside(v128.load(x + at), v128.load(dy + at), lows, highs));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(dx + at, strictlyInside(loadFour(x + at, count), loadFour(dy + at, count), lows, highs), count);
  }
}

@inline
function strictlyInside(x: v128, dy: v128, low: v128, high: v128): v128 {
  return v128.and(dy, v128.and(f32x4.gt(x, low), f32x4.lt(x, high)));
}

/** Factor 1 where `position` ≥ 0, otherwise alpha: leaky ReLU with position = value = x, its gradient with value = dy. */
export function leakyScale(position: usize, value: usize, result: usize, alpha: f32, from: i32, to: i32): void {
  const alphas = f32x4.splat(alpha);
  let at: usize = from << 2;
  const end: usize = to << 2;
  for (; at + 16 <= end; at += 16) v128.store(result + at, scaledBelowZero(v128.load(position + at), v128.load(value + at), alphas));
  if (at < end) {
    const count = <i32>(end - at) >> 2;
    storeFour(result + at, scaledBelowZero(loadFour(position + at, count), loadFour(value + at, count), alphas), count);
  }
}

@inline
function scaledBelowZero(position: v128, value: v128, alpha: v128): v128 {
  return v128.bitselect(value, f32x4.mul(value, alpha), f32x4.ge(position, f32x4.splat(0)));
}
