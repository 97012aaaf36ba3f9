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

/** Stores the first `count` of eight 32-bit lanes; nearly always there are as many, and no call is made. */
@inline
export function storeEight(to: usize, low: v128, high: v128, count: i32): void {
  if (count >= 8) {
    v128.store(to, low);
    v128.store(to, high, 16);
  } else {
    storeLanes(to, low, count);
    storeLanes(to + 16, high, count - 4);
  }
}
