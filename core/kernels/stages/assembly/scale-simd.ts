/** Four lanes of fround(fround(acc·m) + b). Multiply and add stay apart: a fused one would round once and differ. */
@inline
function scaled(acc: usize, m: usize, b: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v128.load(acc)), v128.load(m)), v128.load(b));
}

function scaledOne(acc: usize, m: usize, b: usize): f32 {
  return <f32>load<i32>(acc) * load<f32>(m) + load<f32>(b);
}

/** One lane of pmin(pmax(x, low), high). Those are one instruction each; min and max, which order zeros and NaN, are seven. */
@inline
function limited(x: f32, low: f32, high: f32): f32 {
  return x < low ? low : x > high ? high : x;
}

export function affine(
  acc: usize, m: usize, b: usize, output: usize, pixels: i32, channels: i32, low: f32, high: f32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  for (let i = 0; i < pixels; i++) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = c << 2;
      v128.store(output + at, f32x4.pmin(f32x4.pmax(scaled(acc + at, m + at, b + at), lowest), highest));
    }
    for (; c < channels; c++) {
      const at = c << 2;
      store<f32>(output + at, limited(scaledOne(acc + at, m + at, b + at), low, high));
    }
    acc += channels << 2;
    output += channels << 2;
  }
}

/** 1.5·2^23: added to a float32 below 2^22 in magnitude it leaves the number rounded half to even in the low bits. */
const ROUNDER: f32 = 12582912;
export const ROUNDER_BITS: i32 = 0x4b400000;

/**
 * The clamp comes before the rounding and is shifted by the zero point, so that no sum is too large for it:
 * clamp(round(x) + z, low, high) = round(clamp(x, low − z, high − z)) + z. `shift` is ROUNDER_BITS − z.
 */
@inline
export function toIntegers(x: v128, lowest: v128, highest: v128, shift: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmin(f32x4.pmax(x, lowest), highest), f32x4.splat(ROUNDER)), shift);
}

function toInteger(x: f32, lowest: f32, highest: f32, zeroPoint: i32): i8 {
  return <i8>(<i32>min<f32>(max<f32>(nearest<f32>(x), lowest), highest) + zeroPoint);
}

export function requantise(
  acc: usize, m: usize, b: usize, output: usize, pixels: i32, channels: i32, zeroPoint: i32, low: i32, high: i32,
): void {
  const lowest: f32 = <f32>(low - zeroPoint), highest: f32 = <f32>(high - zeroPoint);
  const lowest4 = f32x4.splat(lowest), highest4 = f32x4.splat(highest), shift = i32x4.splat(ROUNDER_BITS - zeroPoint);
  for (let i = 0; i < pixels; i++) {
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = c << 2;
      const q0 = toIntegers(scaled(acc + at, m + at, b + at), lowest4, highest4, shift);
      const q1 = toIntegers(scaled(acc + at + 16, m + at + 16, b + at + 16), lowest4, highest4, shift);
      const q2 = toIntegers(scaled(acc + at + 32, m + at + 32, b + at + 32), lowest4, highest4, shift);
      const q3 = toIntegers(scaled(acc + at + 48, m + at + 48, b + at + 48), lowest4, highest4, shift);
      v128.store(output + c, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(q0, q1), i16x8.narrow_i32x4_s(q2, q3)));
    }
    for (; c + 8 <= channels; c += 8) {
      const at = c << 2;
      const q0 = toIntegers(scaled(acc + at, m + at, b + at), lowest4, highest4, shift);
      const q1 = toIntegers(scaled(acc + at + 16, m + at + 16, b + at + 16), lowest4, highest4, shift);
      const q16 = i16x8.narrow_i32x4_s(q0, q1);
      v128.store64_lane(output + c, i8x16.narrow_i16x8_s(q16, q16), 0);
    }
    for (; c + 4 <= channels; c += 4) {
      const at = c << 2;
      const q = toIntegers(scaled(acc + at, m + at, b + at), lowest4, highest4, shift);
      const q16 = i16x8.narrow_i32x4_s(q, q);
      v128.store32_lane(output + c, i8x16.narrow_i16x8_s(q16, q16), 0);
    }
    for (; c < channels; c++) {
      const at = c << 2;
      store<i8>(output + c, toInteger(scaledOne(acc + at, m + at, b + at), lowest, highest, zeroPoint));
    }
    acc += channels << 2;
    output += channels;
  }
}

export function clip(input: usize, output: usize, count: i32, low: f32, high: f32): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = i << 2;
    v128.store(output + at, f32x4.pmin(f32x4.pmax(v128.load(input + at), lowest), highest));
  }
  for (; i < count; i++) store<f32>(output + (i << 2), limited(load<f32>(input + (i << 2)), low, high));
}

export function quantise(input: usize, output: usize, count: i32, inverseScale: f32, zeroPoint: i32): void {
  const lowest: f32 = <f32>(<i32>-128 - zeroPoint), highest: f32 = <f32>(<i32>127 - zeroPoint);
  const lowest4 = f32x4.splat(lowest), highest4 = f32x4.splat(highest), shift = i32x4.splat(ROUNDER_BITS - zeroPoint);
  const inverse4 = f32x4.splat(inverseScale);
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const at = input + (i << 2);
    const q0 = toIntegers(f32x4.mul(v128.load(at), inverse4), lowest4, highest4, shift);
    const q1 = toIntegers(f32x4.mul(v128.load(at, 16), inverse4), lowest4, highest4, shift);
    const q2 = toIntegers(f32x4.mul(v128.load(at, 32), inverse4), lowest4, highest4, shift);
    const q3 = toIntegers(f32x4.mul(v128.load(at, 48), inverse4), lowest4, highest4, shift);
    v128.store(output + i, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(q0, q1), i16x8.narrow_i32x4_s(q2, q3)));
  }
  for (; i < count; i++) {
    store<i8>(output + i, toInteger(load<f32>(input + (i << 2)) * inverseScale, lowest, highest, zeroPoint));
  }
}

export function dequantise(input: usize, output: usize, count: i32, scale: f32, zeroPoint: i32): void {
  const scale4 = f32x4.splat(scale), zero8 = i16x8.splat(<i16>zeroPoint);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const x = i16x8.sub(v128.load8x8_s(input + i), zero8);
    const at = output + (i << 2);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x)), scale4));
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x)), scale4), 16);
  }
  for (; i < count; i++) store<f32>(output + (i << 2), <f32>(<i32>load<i8>(input + i) - zeroPoint) * scale);
}
