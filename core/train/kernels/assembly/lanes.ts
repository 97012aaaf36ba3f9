import { storeLanes } from '../../../kernels/assembly/lanes';

/** The first `count` (1 to 3) float32 at an address, zeros behind them; what lies behind them is not read. */
function loadLanes(from: usize, count: i32): v128 {
  let lanes = v128.load32_zero(from);
  if (count > 1) lanes = v128.load32_lane(from, lanes, 1, 4);
  if (count > 2) lanes = v128.load32_lane(from, lanes, 2, 8);
  return lanes;
}

/** The first `count` float32 at an address, at most four. */
@inline
export function loadFour(from: usize, count: i32): v128 {
  return count >= 4 ? v128.load(from) : loadLanes(from, count);
}

@inline
export function storeFour(to: usize, values: v128, count: i32): void {
  if (count >= 4) v128.store(to, values);
  else storeLanes(to, values, count);
}

/** All bits of the first `count` 32-bit lanes. */
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Adds four float32 to four float64 at an address. */
@inline
export function addToDoubles(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
  const high = v128.shuffle<i64>(values, values, 1, 1);
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(high)), 16);
}
