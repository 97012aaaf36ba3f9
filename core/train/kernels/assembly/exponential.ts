/** e^x of four float32 within ±87, to 2 units in the last place: 2^k · e^r with |r| ≤ ln 2 ÷ 2 (Cody and Waite), e^r as its series. */
@inline
export function exponential(x: v128): v128 {
  const limited = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
  const k = f32x4.nearest(f32x4.mul(limited, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(limited, f32x4.mul(k, f32x4.splat(0.693359375))), f32x4.mul(k, f32x4.splat(-2.12194440e-4)));
  let sum = f32x4.splat(1.0 / 5040);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 720));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 120));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 24));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 6));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  return f32x4.mul(sum, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23));
}

/** ln x of four positive normal float32: x = m · 2^e with m from √½ to √2, ln m = 2·artanh((m − 1) ÷ (m + 1)) as its series. */
@inline
export function logarithm(x: v128): v128 {
  // √½ as an exponent and fraction: below it a fraction belongs to the next power of two.
  const moved = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = i32x4.shr_s(moved, 23);
  const m = i32x4.sub(x, i32x4.shl(e, 23));
  const s = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const square = f32x4.mul(s, s);
  let sum = f32x4.splat(2.0 / 9);
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 7));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 5));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 3));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2));
  return f32x4.add(f32x4.mul(sum, s), f32x4.mul(f32x4.convert_i32x4_s(e), f32x4.splat(0.693147181)));
}
