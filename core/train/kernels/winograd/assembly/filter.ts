import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { scratchAt } from '../../assembly/scratch';

/** In scratch: G, [size][5] floats, then the taps of four channels, then products of one dimension. */
const FACTORS_BYTES: usize = 192;
const TAPS_BYTES: usize = 448;

/** The points besides infinity, as in winograd-transforms.ts. */
function pointOf(size: i32, index: i32): f64 {
  if (index == 0) return 0;
  const pair = (index - 1) >> 1;
  const value = size == 6 ? (pair == 0 ? 0.625 : 1.5) : pair == 0 ? 0.5 : pair == 1 ? 1.0 : 2.0;
  return index & 1 ? value : -value;
}

/** G, [size][5]: powers of a point over its Lagrange denominator; at infinity, the last tap. */
function writeFactors(to: usize, size: i32, taps: i32): void {
  for (let i = 0; i < size; i++) {
    const point = pointOf(size, i);
    let value: f64 = 1;
    for (let j = 0; j < size - 1; j++) if (j != i) value *= point - pointOf(size, j);
    value = 1 / value;
    for (let k = 0; k < taps; k++) {
      store<f32>(to + ((i * 5 + k) << 2), i == size - 1 ? <f32>(k == taps - 1 ? 1 : 0) : <f32>value);
      value *= point;
    }
  }
}

/** G in one dimension: `taps` values `stride` apart to `size` values `toStride` apart. Opposite points share even and odd parts. */
function spread(size: i32, taps: i32, from: usize, stride: usize, to: usize, toStride: usize, factors: usize): void {
  const w0 = v128.load(from), w1 = v128.load(from + stride), w2 = v128.load(from + 2 * stride);
  v128.store(to, f32x4.mul(w0, v128.load32_splat(factors)));
  if (taps == 3) {
    for (let i = 1; i < size - 1; i += 2) {
      factors += i == 1 ? 20 : 40;
      const even = multiplyAdd(w2, v128.load32_splat(factors, 8), f32x4.mul(w0, v128.load32_splat(factors)));
      const odd = f32x4.mul(w1, v128.load32_splat(factors, 4));
      v128.store(to + i * toStride, f32x4.add(even, odd));
      v128.store(to + (i + 1) * toStride, f32x4.sub(even, odd));
    }
    v128.store(to + (size - 1) * toStride, w2);
    return;
  }
  const w3 = v128.load(from + 3 * stride), w4 = v128.load(from + 4 * stride);
  for (let i = 1; i < size - 1; i += 2) {
    factors += i == 1 ? 20 : 40;
    const low = multiplyAdd(w2, v128.load32_splat(factors, 8), f32x4.mul(w0, v128.load32_splat(factors)));
    const even = multiplyAdd(w4, v128.load32_splat(factors, 16), low);
    const odd = multiplyAdd(w3, v128.load32_splat(factors, 12), f32x4.mul(w1, v128.load32_splat(factors, 4)));
    v128.store(to + i * toStride, f32x4.add(even, odd));
    v128.store(to + (i + 1) * toStride, f32x4.sub(even, odd));
  }
  v128.store(to + (size - 1) * toStride, w4);
}

/** Gᵀ in one dimension: `size` values `stride` apart to `taps` values `toStride` apart. */
function gather(size: i32, taps: i32, from: usize, stride: usize, to: usize, toStride: usize, factors: usize): void {
  let w0 = f32x4.mul(v128.load(from), v128.load32_splat(factors)), w1 = f32x4.splat(0), w2 = w1, w3 = w1, w4 = w1;
  const last = v128.load(from + (size - 1) * stride);
  for (let i = 1; i < size - 1; i += 2) {
    factors += i == 1 ? 20 : 40;
    const plus = v128.load(from + i * stride), minus = v128.load(from + (i + 1) * stride);
    const even = f32x4.add(plus, minus), odd = f32x4.sub(plus, minus);
    w0 = multiplyAdd(even, v128.load32_splat(factors), w0);
    w1 = multiplyAdd(odd, v128.load32_splat(factors, 4), w1);
    w2 = multiplyAdd(even, v128.load32_splat(factors, 8), w2);
    if (taps == 5) {
      w3 = multiplyAdd(odd, v128.load32_splat(factors, 12), w3);
      w4 = multiplyAdd(even, v128.load32_splat(factors, 16), w4);
    }
  }
  v128.store(to, w0);
  v128.store(to + toStride, w1);
  if (taps == 3) {
    v128.store(to + 2 * toStride, f32x4.add(w2, last));
    return;
  }
  v128.store(to + 2 * toStride, w2);
  v128.store(to + 3 * toStride, w3);
  v128.store(to + 4 * toStride, f32x4.add(w4, last));
}

function four(at: usize, stride: usize): v128 {
  let value = v128.load32_zero(at);
  value = v128.load32_lane(at + stride, value, 1);
  value = v128.load32_lane(at + 2 * stride, value, 2);
  return v128.load32_lane(at + 3 * stride, value, 3);
}

/**
 * Transformed filter, G·w·Gᵀ, of inputs from..to: [position][⌈outputs / 8⌉][inputs][8]. Element (tap, input, output) is at
 * filter + tap · tapStride + input · inputStride + output · outputStride; `outputs` a multiple of 4. Positions are `positionBytes` apart. `turned`: taps from last to first.
 */
export function winogradFilter(
  filter: usize, size: i32, taps: i32, tapStride: i32, turned: i32, inputs: i32, inputStride: i32, outputs: i32, outputStride: i32,
  transformed: usize, positionBytes: i32, from: i32, to: i32, slot: usize,
): void {
  const factors = scratchAt(slot), values = factors + FACTORS_BYTES, between = values + TAPS_BYTES;
  writeFactors(factors, size, taps);
  const count = taps * taps, rowBytes: usize = taps << 4;
  for (let input = from; input < to; input++) {
    for (let output = 0; output < outputs; output += 4) {
      const corner: usize = filter + input * inputStride + output * outputStride;
      for (let tap = 0; tap < count; tap++) {
        const at: usize = corner + (turned ? count - 1 - tap : tap) * tapStride;
        v128.store(values + (tap << 4), outputStride == 4 ? v128.load(at) : four(at, outputStride));
      }
      for (let x = 0; x < taps; x++) spread(size, taps, values + (x << 4), rowBytes, between + (x << 4), rowBytes, factors);
      const write: usize = transformed + ((((output >> 3) * inputs + input) * 8 + (output & 7)) << 2);
      for (let i = 0; i < size; i++) spread(size, taps, between + i * rowBytes, 16, write + i * size * positionBytes, positionBytes, factors);
    }
  }
}

/**
 * Filter gradient Gᵀ·U·G, [taps][taps][inputs][outputs] tight, of inputs from..to, where U, `sums`, is
 * [position][inputs][⌈outputs / 8⌉ · 8], positions `positionBytes` apart. `outputs` a multiple of 4.
 */
export function winogradFilterGradient(
  sums: usize, positionBytes: i32, size: i32, taps: i32, inputs: i32, outputs: i32, gradient: usize, from: i32, to: i32, slot: usize,
): void {
  const factors = scratchAt(slot), between = factors + FACTORS_BYTES;
  writeFactors(factors, size, taps);
  const columns = (outputs + 7) & ~7;
  const tapBytes: usize = (inputs * outputs) << 2, rowBytes: usize = size << 4;
  for (let input = from; input < to; input++) {
    for (let output = 0; output < outputs; output += 4) {
      const corner: usize = sums + ((input * columns + output) << 2);
      for (let j = 0; j < size; j++) gather(size, taps, corner + j * positionBytes, size * positionBytes, between + (j << 4), rowBytes, factors);
      const write: usize = gradient + ((input * outputs + output) << 2);
      for (let y = 0; y < taps; y++) gather(size, taps, between + y * rowBytes, 16, write + y * taps * tapBytes, tapBytes, factors);
    }
  }
}
