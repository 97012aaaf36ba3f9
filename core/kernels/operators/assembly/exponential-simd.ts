// e^x as in core/base/exponential.ts: the same float64 operations in the same order, hence the same bits.

/** Beyond this the result is 0 or infinite in float32 anyway. */
const LARGEST: f64 = 700;
const LOG2_E: f64 = 1.4426950408889634;
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Below this tanh is its series: e^2x − 1 would lose digits. */
const SERIES_BELOW: f64 = 0.000244140625;

@inline
function step(sum: v128, r: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(coefficient));
}

@inline
function exponential(x: v128): v128 {
  const limited = f64x2.min(f64x2.max(x, f64x2.splat(-LARGEST)), f64x2.splat(LARGEST));
  const k = f64x2.nearest(f64x2.mul(limited, f64x2.splat(LOG2_E)));
  const r = f64x2.sub(f64x2.sub(limited, f64x2.mul(k, f64x2.splat(LN2_HIGH))), f64x2.mul(k, f64x2.splat(LN2_LOW)));
  let sum = f64x2.splat(1 / 39916800.0);
  sum = step(sum, r, 1 / 3628800.0);
  sum = step(sum, r, 1 / 362880.0);
  sum = step(sum, r, 1 / 40320.0);
  sum = step(sum, r, 1 / 5040.0);
  sum = step(sum, r, 1 / 720.0);
  sum = step(sum, r, 1 / 120.0);
  sum = step(sum, r, 1 / 24.0);
  sum = step(sum, r, 1 / 6.0);
  sum = step(sum, r, 0.5);
  sum = step(sum, r, 1);
  sum = step(sum, r, 1);
  const exponent = i64x2.add(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k)), i64x2.splat(1023));
  return f64x2.mul(sum, i64x2.shl(exponent, 52));
}

@inline
function sigmoidOf(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, exponential(f64x2.neg(x))));
}

@inline
function tanhOf(x: v128): v128 {
  const one = f64x2.splat(1);
  const square = exponential(f64x2.mul(x, f64x2.splat(2)));
  const series = f64x2.mul(x, f64x2.sub(one, f64x2.div(f64x2.mul(x, x), f64x2.splat(3))));
  const ratio = f64x2.div(f64x2.sub(square, one), f64x2.add(square, one));
  return v128.bitselect(series, ratio, f64x2.lt(f64x2.abs(x), f64x2.splat(SERIES_BELOW)));
}

export function sigmoid(input: usize, output: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 2 <= to; i += 2) {
    const y = sigmoidOf(f64x2.promote_low_f32x4(v128.load64_zero(input + (i << 2))));
    v128.store64_lane(output + (i << 2), f32x4.demote_f64x2_zero(y), 0);
  }
  if (i < to) {
    const y = sigmoidOf(f64x2.promote_low_f32x4(v128.load32_zero(input + (i << 2))));
    v128.store32_lane(output + (i << 2), f32x4.demote_f64x2_zero(y), 0);
  }
}

export function hyperbolicTangent(input: usize, output: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 2 <= to; i += 2) {
    const y = tanhOf(f64x2.promote_low_f32x4(v128.load64_zero(input + (i << 2))));
    v128.store64_lane(output + (i << 2), f32x4.demote_f64x2_zero(y), 0);
  }
  if (i < to) {
    const y = tanhOf(f64x2.promote_low_f32x4(v128.load32_zero(input + (i << 2))));
    v128.store32_lane(output + (i << 2), f32x4.demote_f64x2_zero(y), 0);
  }
}

/** Over rows from..to of `channels` numbers. The sum is taken in order, in float64. */
export function softmax(input: usize, output: usize, channels: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const x = input + ((row * channels) << 2), y = output + ((row * channels) << 2);
    let largest: f32 = -Infinity;
    for (let c = 0; c < channels; c++) largest = max(largest, load<f32>(x + (c << 2)));
    const top = f64x2.splat(<f64>largest);
    let sum: f64 = 0;
    let c = 0;
    for (; c + 2 <= channels; c += 2) {
      const e = exponential(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x + (c << 2))), top));
      sum += f64x2.extract_lane(e, 0);
      sum += f64x2.extract_lane(e, 1);
    }
    if (c < channels) {
      const e = exponential(f64x2.sub(f64x2.promote_low_f32x4(v128.load32_zero(x + (c << 2))), top));
      sum += f64x2.extract_lane(e, 0);
    }
    const sum2 = f64x2.splat(sum);
    for (c = 0; c + 2 <= channels; c += 2) {
      const e = exponential(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x + (c << 2))), top));
      v128.store64_lane(y + (c << 2), f32x4.demote_f64x2_zero(f64x2.div(e, sum2)), 0);
    }
    if (c < channels) {
      const e = exponential(f64x2.sub(f64x2.promote_low_f32x4(v128.load32_zero(x + (c << 2))), top));
      v128.store32_lane(y + (c << 2), f32x4.demote_f64x2_zero(f64x2.div(e, sum2)), 0);
    }
  }
}
