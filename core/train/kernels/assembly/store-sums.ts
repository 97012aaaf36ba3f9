import { storeLanes } from '../../../kernels/assembly/lanes';

/** The first `count` 32-bit lanes at an address, whose neighbours may not be memory; the others are 0. */
function loadLanes(from: usize, count: i32): v128 {
  let value = f32x4.splat(0);
  if (count >= 4) return v128.load(from);
  if (count > 0) value = v128.load32_zero(from);
  if (count > 1) value = v128.load32_lane(from, value, 1, 4);
  if (count > 2) value = v128.load32_lane(from, value, 2, 8);
  return value;
}

function storeSomeSums(to: usize, low: v128, high: v128, columns: i32, adds: bool): void {
  if (adds) {
    low = f32x4.add(loadLanes(to, columns), low);
    high = f32x4.add(loadLanes(to + 16, columns - 4), high);
  }
  storeLanes(to, low, columns);
  storeLanes(to + 16, high, columns - 4);
}

/** Stores, or adds to what is there, the first `columns` of eight sums; nearly always there are as many, and no call is made. */
@inline
export function storeSums(to: usize, low: v128, high: v128, columns: i32, adds: bool): void {
  if (columns < 8) {
    storeSomeSums(to, low, high, columns, adds);
    return;
  }
  if (adds) {
    low = f32x4.add(v128.load(to), low);
    high = f32x4.add(v128.load(to, 16), high);
  }
  v128.store(to, low);
  v128.store(to, high, 16);
}
