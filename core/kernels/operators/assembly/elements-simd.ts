// Elements from..to of tensors of one layout. Every result is that of the TypeScript operators, bit for bit: the same steps,
// each rounded to float32, and pmin/pmax, which are the same comparisons as theirs.

/** 1.5·2^23: added to a float32 below 2^22 in magnitude it leaves the number rounded half to even in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

/** y = clamp(a + b); b repeats after `period` elements. */
export function addFloat32(
  a: usize, b: usize, period: i32, output: usize, low: f32, high: f32, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  let i = from;
  let j = from % period;
  while (i < to) {
    const end = min(to, i + period - j);
    const shift = (j - i) << 2;
    for (; i + 4 <= end; i += 4) {
      const at = i << 2;
      const sum = f32x4.add(v128.load(a + at), v128.load(b + at + shift));
      v128.store(output + at, f32x4.pmin(f32x4.pmax(sum, lowest), highest));
    }
    for (; i < end; i++) {
      const at = i << 2;
      const sum = load<f32>(a + at) + load<f32>(b + at + shift);
      store<f32>(output + at, sum < low ? low : sum > high ? high : sum);
    }
    j = 0;
  }
}

/** Four lanes of (q − zero)·ratio. */
@inline
function rescaled(q: v128, ratio: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(q), ratio);
}

@inline
function rounded(a: v128, b: v128, lowest: v128, highest: v128, shift: v128): v128 {
  const limited = f32x4.pmin(f32x4.pmax(f32x4.add(a, b), lowest), highest);
  return i32x4.sub(f32x4.add(limited, f32x4.splat(ROUNDER)), shift);
}

/** q = clamp(roundHalfEven((qa − zeroA)·ratioA + (qb − zeroB)·ratioB) + zeroPoint, low, high). */
export function addInt8(
  a: usize, b: usize, output: usize, ratioA: f32, zeroA: i32, ratioB: f32, zeroB: i32,
  zeroPoint: i32, low: i32, high: i32, from: i32, to: i32,
): void {
  // Limits before the zero point, so that the sum is small enough to round.
  const lowest: f32 = <f32>(low - zeroPoint), highest: f32 = <f32>(high - zeroPoint);
  const lowest4 = f32x4.splat(lowest), highest4 = f32x4.splat(highest), shift = i32x4.splat(ROUNDER_BITS - zeroPoint);
  const ratioA4 = f32x4.splat(ratioA), ratioB4 = f32x4.splat(ratioB);
  const zeroA8 = i16x8.splat(<i16>zeroA), zeroB8 = i16x8.splat(<i16>zeroB);
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const x = i16x8.sub(v128.load8x8_s(a + i), zeroA8);
    const y = i16x8.sub(v128.load8x8_s(b + i), zeroB8);
    const q0 = rounded(
      rescaled(i32x4.extend_low_i16x8_s(x), ratioA4), rescaled(i32x4.extend_low_i16x8_s(y), ratioB4), lowest4, highest4, shift,
    );
    const q1 = rounded(
      rescaled(i32x4.extend_high_i16x8_s(x), ratioA4), rescaled(i32x4.extend_high_i16x8_s(y), ratioB4), lowest4, highest4, shift,
    );
    const q = i16x8.narrow_i32x4_s(q0, q1);
    v128.store64_lane(output + i, i8x16.narrow_i16x8_s(q, q), 0);
  }
  for (; i < to; i++) {
    const sum: f32 = <f32>(<i32>load<i8>(a + i) - zeroA) * ratioA + <f32>(<i32>load<i8>(b + i) - zeroB) * ratioB;
    store<i8>(output + i, <i8>(<i32>min<f32>(max<f32>(nearest<f32>(sum), lowest), highest) + zeroPoint));
  }
}

/** y = x·m[c] + b[c], rounded twice, over pixels from..to. */
export function scaleChannels(input: usize, m: usize, b: usize, output: usize, channels: i32, from: i32, to: i32): void {
  const start = (from * channels) << 2;
  input += start;
  output += start;
  for (let i = from; i < to; i++) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = c << 2;
      v128.store(output + at, f32x4.add(f32x4.mul(v128.load(input + at), v128.load(m + at)), v128.load(b + at)));
    }
    for (; c < channels; c++) {
      const at = c << 2;
      store<f32>(output + at, load<f32>(input + at) * load<f32>(m + at) + load<f32>(b + at));
    }
    input += channels << 2;
    output += channels << 2;
  }
}

/** u = x + before[c]; y = (u > 0 ? u : u·slope[c]) + after[c], over pixels from..to. */
export function rprelu(input: usize, before: usize, slope: usize, after: usize, output: usize, channels: i32, from: i32, to: i32): void {
  const zero = f32x4.splat(0);
  const start = (from * channels) << 2;
  input += start;
  output += start;
  for (let i = from; i < to; i++) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = c << 2;
      const x = f32x4.add(v128.load(input + at), v128.load(before + at));
      const shaped = v128.bitselect(x, f32x4.mul(x, v128.load(slope + at)), f32x4.gt(x, zero));
      v128.store(output + at, f32x4.add(shaped, v128.load(after + at)));
    }
    for (; c < channels; c++) {
      const at = c << 2;
      const x = load<f32>(input + at) + load<f32>(before + at);
      store<f32>(output + at, (x > 0 ? x : x * load<f32>(slope + at)) + load<f32>(after + at));
    }
    input += channels << 2;
    output += channels << 2;
  }
}

export function relu(input: usize, output: usize, from: i32, to: i32): void {
  const zero = f32x4.splat(0);
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(output + (i << 2), f32x4.pmax(zero, v128.load(input + (i << 2))));
  for (; i < to; i++) {
    const x = load<f32>(input + (i << 2));
    store<f32>(output + (i << 2), x > 0 ? x : 0);
  }
}

/** The slope is float64 and so is the product, as in the graph that it came from. */
export function leakyRelu(input: usize, output: usize, slope: f64, from: i32, to: i32): void {
  const slope2 = f64x2.splat(slope), zero = f32x4.splat(0);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = i << 2;
    const x = v128.load(input + at);
    const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(x), slope2));
    const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(input + at, 8)), slope2));
    const scaled = v128.shuffle<i64>(low, high, 0, 2);
    v128.store(output + at, v128.bitselect(x, scaled, f32x4.ge(x, zero)));
  }
  for (; i < to; i++) {
    const x = load<f32>(input + (i << 2));
    store<f32>(output + (i << 2), x >= 0 ? x : <f32>(<f64>x * slope));
  }
}
