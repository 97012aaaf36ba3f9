// What follows a batch norm in the same pass: limits, and the int8 grid where the value is stored on one.
import { clipped } from '../../../kernels/assembly/float32';
import { isOnGrid, roundToGrid } from './grid';

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

/** dy where the finish lets it pass, otherwise 0; `lowest` and `highest` are half a step beyond the grid's ends. */
@inline
export function passed(gridded: bool, dy: v128, z: v128, low: v128, high: v128, inverse: v128, lowest: v128, highest: v128): v128 {
  const inside = v128.and(dy, v128.and(f32x4.gt(z, low), f32x4.lt(z, high)));
  return gridded ? v128.and(inside, isOnGrid(z, inverse, lowest, highest)) : inside;
}
