import { multiplyAdd } from '../../../kernels/assembly/float32';

/*
 * Transforms of Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016) in one dimension, four channels at a time. A tile
 * of `size` values is evaluated at 0, at pairs of opposite points and at infinity: ±5/8, ±3/2 where size is 6 (the rounding error is
 * less than half of that of ±1, ±2), ±1/2, ±1, ±2 where it is 8. All constants are exact in float32. Sums at opposite points share
 * their even and odd parts.
 *
 * Constants come from memory (`constants`): V8 makes a vector constant anew at every use, in five instructions.
 */

export const CONSTANTS_BYTES: i32 = 64;

function writeTen(to: usize, a: f32, b: f32, c: f32, d: f32, e: f32, f: f32, g: f32, h: f32, i: f32, j: f32): void {
  store<f32>(to, a);
  store<f32>(to, b, 4);
  store<f32>(to, c, 8);
  store<f32>(to, d, 12);
  store<f32>(to, e, 16);
  store<f32>(to, f, 20);
  store<f32>(to, g, 24);
  store<f32>(to, h, 28);
  store<f32>(to, i, 32);
  store<f32>(to, j, 36);
}

/** With points ±a, ±b: a, a², a³, b, b², b³, −a², −b², a²·b², −(a² + b²). With ±1/2, ±1, ±2: the factors that occur. */
export function writeConstants(to: usize, size: i32): void {
  if (size == 6) writeTen(to, 0.625, 0.390625, 0.244140625, 1.5, 2.25, 3.375, -0.390625, -2.25, 0.87890625, -2.640625);
  else writeTen(to, 0.5, 0.25, 0.125, 2, 4, 8, 5.25, -4.25, -5, -1.25);
}

/** Bᵀ: six values `stride` apart to six `toStride` apart. */
@inline
export function transformInput6(
  from: usize, stride: usize, to: usize, toStride: usize, a: v128, b: v128, minusA2: v128, minusB2: v128, product: v128, minusSum: v128,
): void {
  const d0 = v128.load(from), d1 = v128.load(from + stride), d2 = v128.load(from + 2 * stride);
  const d3 = v128.load(from + 3 * stride), d4 = v128.load(from + 4 * stride), d5 = v128.load(from + 5 * stride);
  v128.store(to, multiplyAdd(product, d0, multiplyAdd(minusSum, d2, d4)));
  v128.store(to + 5 * toStride, multiplyAdd(product, d1, multiplyAdd(minusSum, d3, d5)));
  const evenA = multiplyAdd(minusB2, d2, d4), oddA = f32x4.mul(a, multiplyAdd(minusB2, d1, d3));
  v128.store(to + toStride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(evenA, oddA));
  const evenB = multiplyAdd(minusA2, d2, d4), oddB = f32x4.mul(b, multiplyAdd(minusA2, d1, d3));
  v128.store(to + 3 * toStride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(evenB, oddB));
}

/** Bᵀ of eight values. 21/4 is the sum of the squares of the points, and the sum of the products of two of them. */
@inline
export function transformInput8(from: usize, stride: usize, to: usize, toStride: usize, constants: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + stride), d2 = v128.load(from + 2 * stride), d3 = v128.load(from + 3 * stride);
  const d4 = v128.load(from + 4 * stride), d5 = v128.load(from + 5 * stride), d6 = v128.load(from + 6 * stride), d7 = v128.load(from + 7 * stride);
  const sum = v128.load32_splat(constants, 24);
  v128.store(to, multiplyAdd(sum, f32x4.sub(d2, d4), f32x4.sub(d6, d0)));
  v128.store(to + 7 * toStride, multiplyAdd(sum, f32x4.sub(d3, d5), f32x4.sub(d7, d1)));
  // ±1: x²(x² − 1/4)(x² − 4) + …
  const minusFour = v128.load32_splat(constants, 28);
  const even1 = f32x4.add(multiplyAdd(minusFour, d4, d2), d6), odd1 = f32x4.add(multiplyAdd(minusFour, d3, d1), d5);
  v128.store(to + 3 * toStride, f32x4.add(even1, odd1));
  v128.store(to + 4 * toStride, f32x4.sub(even1, odd1));
  const minusFive = v128.load32_splat(constants, 32), four = v128.load32_splat(constants, 16), half = v128.load32_splat(constants);
  const evenHalf = multiplyAdd(four, d2, multiplyAdd(minusFive, d4, d6)), oddHalf = f32x4.mul(half, multiplyAdd(four, d1, multiplyAdd(minusFive, d3, d5)));
  v128.store(to + toStride, f32x4.add(evenHalf, oddHalf));
  v128.store(to + 2 * toStride, f32x4.sub(evenHalf, oddHalf));
  const quarter = v128.load32_splat(constants, 4), minusFiveQuarters = v128.load32_splat(constants, 36);
  const even2 = multiplyAdd(quarter, d2, multiplyAdd(minusFiveQuarters, d4, d6)), half2 = multiplyAdd(quarter, d1, multiplyAdd(minusFiveQuarters, d3, d5));
  const odd2 = f32x4.add(half2, half2);
  v128.store(to + 5 * toStride, f32x4.add(even2, odd2));
  v128.store(to + 6 * toStride, f32x4.sub(even2, odd2));
}

/** The first two rows of Aᵀ on six values. */
@inline
export function transformSums6To2(from: usize, stride: usize, to: usize, toStride: usize, a: v128, b: v128): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride), m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride);
  v128.store(to, f32x4.add(m0, f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4))));
  v128.store(to + toStride, multiplyAdd(a, f32x4.sub(m1, m2), multiplyAdd(b, f32x4.sub(m3, m4), m5)));
}

/** Aᵀ of F(4, 3). */
@inline
export function transformSums6To4(
  from: usize, stride: usize, to: usize, toStride: usize, a: v128, a2: v128, a3: v128, b: v128, b2: v128, b3: v128,
): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride), m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride);
  const evenA = f32x4.add(m1, m2), oddA = f32x4.sub(m1, m2), evenB = f32x4.add(m3, m4), oddB = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(m0, f32x4.add(evenA, evenB)));
  v128.store(to + toStride, multiplyAdd(a, oddA, f32x4.mul(b, oddB)));
  v128.store(to + 2 * toStride, multiplyAdd(a2, evenA, f32x4.mul(b2, evenB)));
  v128.store(to + 3 * toStride, multiplyAdd(a3, oddA, multiplyAdd(b3, oddB, m5)));
}

/** Aᵀ of F(4, 5). */
@inline
export function transformSums8To4(from: usize, stride: usize, to: usize, toStride: usize, constants: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride), m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride), m6 = v128.load(from + 6 * stride), m7 = v128.load(from + 7 * stride);
  const evenHalf = f32x4.add(m1, m2), oddHalf = f32x4.sub(m1, m2), even1 = f32x4.add(m3, m4), odd1 = f32x4.sub(m3, m4);
  const even2 = f32x4.add(m5, m6), odd2 = f32x4.sub(m5, m6);
  v128.store(to, f32x4.add(f32x4.add(m0, evenHalf), f32x4.add(even1, even2)));
  v128.store(to + toStride, multiplyAdd(v128.load32_splat(constants), oddHalf, multiplyAdd(v128.load32_splat(constants, 12), odd2, odd1)));
  v128.store(to + 2 * toStride, multiplyAdd(v128.load32_splat(constants, 4), evenHalf, multiplyAdd(v128.load32_splat(constants, 16), even2, even1)));
  v128.store(to + 3 * toStride, f32x4.add(multiplyAdd(v128.load32_splat(constants, 8), oddHalf, multiplyAdd(v128.load32_splat(constants, 20), odd2, odd1)), m7));
}

/** A of two values: Aᵀ above, turned. */
@inline
export function transformGradient2To6(from: usize, stride: usize, to: usize, toStride: usize, a: v128, b: v128): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride);
  const oddA = f32x4.mul(a, y1), oddB = f32x4.mul(b, y1);
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(y0, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(y0, oddA));
  v128.store(to + 3 * toStride, f32x4.add(y0, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(y0, oddB));
  v128.store(to + 5 * toStride, y1);
}

/** A of four values at six positions. */
@inline
export function transformGradient4To6(
  from: usize, stride: usize, to: usize, toStride: usize, a: v128, a2: v128, a3: v128, b: v128, b2: v128, b3: v128,
): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride), y2 = v128.load(from + 2 * stride), y3 = v128.load(from + 3 * stride);
  const evenA = multiplyAdd(a2, y2, y0), oddA = multiplyAdd(a3, y3, f32x4.mul(a, y1));
  const evenB = multiplyAdd(b2, y2, y0), oddB = multiplyAdd(b3, y3, f32x4.mul(b, y1));
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(evenA, oddA));
  v128.store(to + 3 * toStride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(evenB, oddB));
  v128.store(to + 5 * toStride, y3);
}

/** A of four values at eight positions. */
@inline
export function transformGradient4To8(from: usize, stride: usize, to: usize, toStride: usize, constants: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride), y2 = v128.load(from + 2 * stride), y3 = v128.load(from + 3 * stride);
  const evenHalf = multiplyAdd(v128.load32_splat(constants, 4), y2, y0);
  const oddHalf = multiplyAdd(v128.load32_splat(constants, 8), y3, f32x4.mul(v128.load32_splat(constants), y1));
  const even1 = f32x4.add(y0, y2), odd1 = f32x4.add(y1, y3);
  const even2 = multiplyAdd(v128.load32_splat(constants, 16), y2, y0), odd2 = multiplyAdd(v128.load32_splat(constants, 20), y3, f32x4.add(y1, y1));
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(evenHalf, oddHalf));
  v128.store(to + 2 * toStride, f32x4.sub(evenHalf, oddHalf));
  v128.store(to + 3 * toStride, f32x4.add(even1, odd1));
  v128.store(to + 4 * toStride, f32x4.sub(even1, odd1));
  v128.store(to + 5 * toStride, f32x4.add(even2, odd2));
  v128.store(to + 6 * toStride, f32x4.sub(even2, odd2));
  v128.store(to + 7 * toStride, y3);
}
