// What follows a batch norm in the same pass: limits, and the int8 grid where the value is stored on one.
import { clipped } from '../../../kernels/assembly/float32';
import { roundToGrid } from './grid';

/** z = gain · x + offset, rounded twice as the runtime does: forward and backward see the same bits. */
@inline
export function normalised(x: v128, gain: v128, offset: v128): v128 {
  return f32x4.add(f32x4.mul(x, gain), offset);
}

@inline
export function finished(gridded: bool, z: v128, low: v128, high: v128, inverse: v128, scale: v128, lowest: v128, highest: v128): v128 {
  const limited = clipped(z, low, high);
  return gridded ? roundToGrid(limited, inverse, scale, lowest, highest) : limited;
}

/** What the backward pass asks of z, each to be inlined with a constant. */
export const EVERYWHERE: i32 = 0;
export const ABOVE: i32 = 1;
export const BETWEEN: i32 = 2;

/** Which of them these limits are. */
@inline
export function limitsKind(low: f32, high: f32): i32 {
  return high < Infinity ? BETWEEN : low > -Infinity ? ABOVE : EVERYWHERE;
}

/** dy where low < z < high, otherwise 0. */
@inline
export function passed(kind: i32, dy: v128, z: v128, low: v128, high: v128): v128 {
  if (kind == EVERYWHERE) return dy;
  const above = v128.and(dy, f32x4.gt(z, low));
  return kind == ABOVE ? above : v128.and(above, f32x4.lt(z, high));
}
