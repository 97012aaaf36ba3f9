import { clipped } from '../../../kernels/assembly/float32';

/** clip(rne(x · inverse)) · scale; `low` and `high` are steps from zero. Bit for bit the runtime's rounding. */
@inline
export function roundToGrid(x: v128, inverse: v128, scale: v128, low: v128, high: v128): v128 {
  return f32x4.mul(clipped(f32x4.nearest(f32x4.mul(x, inverse)), low, high), scale);
}

/** Where x · inverse lies from `low` to `high`. */
@inline
export function isOnGrid(x: v128, inverse: v128, low: v128, high: v128): v128 {
  const position = f32x4.mul(x, inverse);
  return v128.and(f32x4.ge(position, low), f32x4.le(position, high));
}
