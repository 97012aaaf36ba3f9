/** Stores the first `count` 32-bit lanes; a count of 4 or more stores all. */
export function storeLanes(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
    return;
  }
  if (count == 3) {
    v128.store64_lane(to, value, 0);
    v128.store32_lane(to, value, 2, 8);
  } else if (count == 2) v128.store64_lane(to, value, 0);
  else if (count == 1) v128.store32_lane(to, value, 0);
}
