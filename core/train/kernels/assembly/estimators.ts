/**
 * What stands for the derivative of sign(v), v in steps; the numbers are those of ESTIMATORS in ../../operators/sign-input.ts.
 * Inlined with a constant: the others cost nothing.
 */
@inline
export function estimate(estimator: i32, v: v128): v128 {
  const inside = f32x4.sub(f32x4.splat(1), f32x4.abs(v));
  // Clipped identity: 1 within ±1.
  if (estimator == 1) return v128.and(f32x4.splat(1), f32x4.ge(inside, f32x4.splat(0)));
  // ApproxSign: 2 · max(1 − |v|, 0).
  const positive = f32x4.pmax(inside, f32x4.splat(0));
  return f32x4.add(positive, positive);
}

