import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { scratchAt } from '../../assembly/scratch';

/** Values of a filter's transform in scratch: G, [size][5] floats, then products of one dimension. */
const FACTORS_BYTES: usize = 192;

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

/**
 * Transformed filter, G·w·Gᵀ, of inputs from..to: [position][⌈outputs / 8⌉][inputs][8]. Element (tap, input, output) is at
 * filter + tap · tapStride + input · inputStride + output · outputStride; `outputs` a multiple of 4. `turned`: taps from last to first.
 */
export function winogradFilter(
  filter: usize, size: i32, taps: i32, tapStride: i32, turned: i32, inputs: i32, inputStride: i32, outputs: i32, outputStride: i32,
  transformed: usize, from: i32, to: i32, slot: usize,
): void {
  const factors = scratchAt(slot), between = factors + FACTORS_BYTES;
  writeFactors(factors, size, taps);
  const positionBytes: usize = (inputs * ((outputs + 7) & ~7)) << 2;
  const last = taps * taps - 1;
  for (let input = from; input < to; input++) {
    for (let output = 0; output < outputs; output += 4) {
      const corner: usize = filter + input * inputStride + output * outputStride;
      for (let x = 0; x < taps; x++) {
        for (let i = 0; i < size; i++) {
          let sum = f32x4.splat(0);
          for (let y = 0; y < taps; y++) {
            const tap = y * taps + x;
            const at: usize = corner + (turned ? last - tap : tap) * tapStride;
            sum = multiplyAdd(four(at, outputStride), v128.load32_splat(factors + ((i * 5 + y) << 2)), sum);
          }
          v128.store(between + ((i * 5 + x) << 4), sum);
        }
      }
      let write: usize = transformed + ((((output >> 3) * inputs + input) * 8 + (output & 7)) << 2);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = f32x4.splat(0);
          for (let x = 0; x < taps; x++) sum = multiplyAdd(v128.load(between + ((i * 5 + x) << 4)), v128.load32_splat(factors + ((j * 5 + x) << 2)), sum);
          v128.store(write, sum);
          write += positionBytes;
        }
      }
    }
  }
}

@inline
function four(at: usize, stride: usize): v128 {
  if (stride == 4) return v128.load(at);
  let value = v128.load32_zero(at);
  value = v128.load32_lane(at + stride, value, 1);
  value = v128.load32_lane(at + 2 * stride, value, 2);
  return v128.load32_lane(at + 3 * stride, value, 3);
}

/**
 * Filter gradient Gᵀ·U·G, [taps][taps][inputs][outputs] tight, of inputs from..to, where U is the sum, in order, of `count` partials
 * of [position][inputs][⌈outputs / 8⌉ · 8], `partialBytes` apart. `outputs` a multiple of 4.
 */
export function winogradFilterSums(
  partials: usize, partialBytes: i32, count: i32, size: i32, taps: i32, inputs: i32, outputs: i32, gradient: usize, from: i32, to: i32, slot: usize,
): void {
  const factors = scratchAt(slot), between = factors + FACTORS_BYTES;
  writeFactors(factors, size, taps);
  const columns = (outputs + 7) & ~7;
  const positionBytes: usize = (inputs * columns) << 2, tapBytes: usize = (inputs * outputs) << 2;
  for (let input = from; input < to; input++) {
    for (let output = 0; output < outputs; output += 4) {
      const corner: usize = partials + ((input * columns + output) << 2);
      for (let j = 0; j < size; j++) {
        for (let i = 0; i < size; i++) {
          const at = corner + (i * size + j) * positionBytes;
          let sum = v128.load(at);
          for (let partial = 1; partial < count; partial++) sum = f32x4.add(sum, v128.load(at + partial * partialBytes));
          for (let y = 0; y < taps; y++) {
            const place: usize = between + ((y * size + j) << 4);
            const before = i == 0 ? f32x4.splat(0) : v128.load(place);
            v128.store(place, multiplyAdd(sum, v128.load32_splat(factors + ((i * 5 + y) << 2)), before));
          }
        }
      }
      let write: usize = gradient + ((input * outputs + output) << 2);
      for (let y = 0; y < taps; y++) {
        for (let x = 0; x < taps; x++) {
          let sum = f32x4.splat(0);
          for (let j = 0; j < size; j++) sum = multiplyAdd(v128.load(between + ((y * size + j) << 4)), v128.load32_splat(factors + ((j * 5 + x) << 2)), sum);
          v128.store(write, sum);
          write += tapBytes;
        }
      }
    }
  }
}
