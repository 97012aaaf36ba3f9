/** a·b + c. The relaxed build rounds once, the plain one twice; the order of summation is a float32 kernel's own in any case. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** min(max(y, low), high); one instruction each, unlike `min` and `max`. */
export function clipped(y: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(y, low), high);
}
