import { multiplyAdd } from '../../../kernels/assembly/float32';

/*
 * Transforms of Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016) in one dimension, four channels at a time. A tile
 * of `size` values is evaluated at 0, at pairs of opposite points and at infinity: ±5/8, ±3/2 where size is 6 (the rounding error is
 * less than half of that of ±1, ±2), ±1/2, ±1, ±2 where it is 8. All constants are exact in float32. Sums at opposite points share
 * their even and odd parts.
 */
const A1: f32 = 0.625, A2: f32 = 0.390625, A3: f32 = 0.244140625;
const B1: f32 = 1.5, B2: f32 = 2.25, B3: f32 = 3.375;
/** a²·b² and a² + b². */
const PRODUCT: f32 = 0.87890625, SUM: f32 = 2.640625;

/** Bᵀ: six values `stride` apart to six `toStride` apart. */
@inline
export function transformInput6(from: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + stride), d2 = v128.load(from + 2 * stride);
  const d3 = v128.load(from + 3 * stride), d4 = v128.load(from + 4 * stride), d5 = v128.load(from + 5 * stride);
  const product = f32x4.splat(PRODUCT), minusSum = f32x4.splat(-SUM);
  v128.store(to, multiplyAdd(product, d0, multiplyAdd(minusSum, d2, d4)));
  v128.store(to + 5 * toStride, multiplyAdd(product, d1, multiplyAdd(minusSum, d3, d5)));
  const minusB2 = f32x4.splat(-B2), minusA2 = f32x4.splat(-A2);
  const evenA = multiplyAdd(minusB2, d2, d4), oddA = f32x4.mul(f32x4.splat(A1), multiplyAdd(minusB2, d1, d3));
  const evenB = multiplyAdd(minusA2, d2, d4), oddB = f32x4.mul(f32x4.splat(B1), multiplyAdd(minusA2, d1, d3));
  v128.store(to + toStride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(evenA, oddA));
  v128.store(to + 3 * toStride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(evenB, oddB));
}

/** Bᵀ of eight values. 21/4 is the sum of the squares of the points, and the sum of the products of two of them. */
@inline
export function transformInput8(from: usize, stride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + stride), d2 = v128.load(from + 2 * stride), d3 = v128.load(from + 3 * stride);
  const d4 = v128.load(from + 4 * stride), d5 = v128.load(from + 5 * stride), d6 = v128.load(from + 6 * stride), d7 = v128.load(from + 7 * stride);
  const sum = f32x4.splat(5.25);
  v128.store(to, multiplyAdd(sum, f32x4.sub(d2, d4), f32x4.sub(d6, d0)));
  v128.store(to + 7 * toStride, multiplyAdd(sum, f32x4.sub(d3, d5), f32x4.sub(d7, d1)));
  // ±1: x²(x² − 1/4)(x² − 4) + …
  const minusOne = f32x4.splat(-4.25);
  const even1 = f32x4.add(multiplyAdd(minusOne, d4, d2), d6), odd1 = f32x4.add(multiplyAdd(minusOne, d3, d1), d5);
  v128.store(to + 3 * toStride, f32x4.add(even1, odd1));
  v128.store(to + 4 * toStride, f32x4.sub(even1, odd1));
  const minusFive = f32x4.splat(-5), four = f32x4.splat(4), half = f32x4.splat(0.5);
  const evenHalf = multiplyAdd(four, d2, multiplyAdd(minusFive, d4, d6)), oddHalf = f32x4.mul(half, multiplyAdd(four, d1, multiplyAdd(minusFive, d3, d5)));
  v128.store(to + toStride, f32x4.add(evenHalf, oddHalf));
  v128.store(to + 2 * toStride, f32x4.sub(evenHalf, oddHalf));
  const quarter = f32x4.splat(0.25), minusFiveQuarters = f32x4.splat(-1.25);
  const even2 = multiplyAdd(quarter, d2, multiplyAdd(minusFiveQuarters, d4, d6)), half2 = multiplyAdd(quarter, d1, multiplyAdd(minusFiveQuarters, d3, d5));
  const odd2 = f32x4.add(half2, half2);
  v128.store(to + 5 * toStride, f32x4.add(even2, odd2));
  v128.store(to + 6 * toStride, f32x4.sub(even2, odd2));
}

/** The first two rows of Aᵀ on six values. */
@inline
export function transformSums6To2(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride), m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride);
  v128.store(to, f32x4.add(m0, f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4))));
  v128.store(to + toStride, multiplyAdd(f32x4.splat(A1), f32x4.sub(m1, m2), multiplyAdd(f32x4.splat(B1), f32x4.sub(m3, m4), m5)));
}

/** Aᵀ of F(4, 3). */
@inline
export function transformSums6To4(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride), m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride);
  const evenA = f32x4.add(m1, m2), oddA = f32x4.sub(m1, m2), evenB = f32x4.add(m3, m4), oddB = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(m0, f32x4.add(evenA, evenB)));
  v128.store(to + toStride, multiplyAdd(f32x4.splat(A1), oddA, f32x4.mul(f32x4.splat(B1), oddB)));
  v128.store(to + 2 * toStride, multiplyAdd(f32x4.splat(A2), evenA, f32x4.mul(f32x4.splat(B2), evenB)));
  v128.store(to + 3 * toStride, multiplyAdd(f32x4.splat(A3), oddA, multiplyAdd(f32x4.splat(B3), oddB, m5)));
}

/** Aᵀ of F(4, 5). */
@inline
export function transformSums8To4(from: usize, stride: usize, to: usize, toStride: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + stride), m2 = v128.load(from + 2 * stride), m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride), m5 = v128.load(from + 5 * stride), m6 = v128.load(from + 6 * stride), m7 = v128.load(from + 7 * stride);
  const evenHalf = f32x4.add(m1, m2), oddHalf = f32x4.sub(m1, m2), even1 = f32x4.add(m3, m4), odd1 = f32x4.sub(m3, m4);
  const even2 = f32x4.add(m5, m6), odd2 = f32x4.sub(m5, m6);
  v128.store(to, f32x4.add(f32x4.add(m0, evenHalf), f32x4.add(even1, even2)));
  v128.store(to + toStride, multiplyAdd(f32x4.splat(0.5), oddHalf, multiplyAdd(f32x4.splat(2), odd2, odd1)));
  v128.store(to + 2 * toStride, multiplyAdd(f32x4.splat(0.25), evenHalf, multiplyAdd(f32x4.splat(4), even2, even1)));
  v128.store(to + 3 * toStride, f32x4.add(multiplyAdd(f32x4.splat(0.125), oddHalf, multiplyAdd(f32x4.splat(8), odd2, odd1)), m7));
}

/** A of two values: Aᵀ above, turned. */
@inline
export function transformGradient2To6(from: usize, stride: usize, to: usize, toStride: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride);
  const oddA = f32x4.mul(f32x4.splat(A1), y1), oddB = f32x4.mul(f32x4.splat(B1), y1);
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(y0, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(y0, oddA));
  v128.store(to + 3 * toStride, f32x4.add(y0, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(y0, oddB));
  v128.store(to + 5 * toStride, y1);
}

/** A of four values at six positions. */
@inline
export function transformGradient4To6(from: usize, stride: usize, to: usize, toStride: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride), y2 = v128.load(from + 2 * stride), y3 = v128.load(from + 3 * stride);
  const evenA = multiplyAdd(f32x4.splat(A2), y2, y0), oddA = multiplyAdd(f32x4.splat(A3), y3, f32x4.mul(f32x4.splat(A1), y1));
  const evenB = multiplyAdd(f32x4.splat(B2), y2, y0), oddB = multiplyAdd(f32x4.splat(B3), y3, f32x4.mul(f32x4.splat(B1), y1));
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * toStride, f32x4.sub(evenA, oddA));
  v128.store(to + 3 * toStride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * toStride, f32x4.sub(evenB, oddB));
  v128.store(to + 5 * toStride, y3);
}

/** A of four values at eight positions. */
@inline
export function transformGradient4To8(from: usize, stride: usize, to: usize, toStride: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + stride), y2 = v128.load(from + 2 * stride), y3 = v128.load(from + 3 * stride);
  const evenHalf = multiplyAdd(f32x4.splat(0.25), y2, y0), oddHalf = multiplyAdd(f32x4.splat(0.125), y3, f32x4.mul(f32x4.splat(0.5), y1));
  const even1 = f32x4.add(y0, y2), odd1 = f32x4.add(y1, y3);
  const even2 = multiplyAdd(f32x4.splat(4), y2, y0), odd2 = multiplyAdd(f32x4.splat(8), y3, f32x4.add(y1, y1));
  v128.store(to, y0);
  v128.store(to + toStride, f32x4.add(evenHalf, oddHalf));
  v128.store(to + 2 * toStride, f32x4.sub(evenHalf, oddHalf));
  v128.store(to + 3 * toStride, f32x4.add(even1, odd1));
  v128.store(to + 4 * toStride, f32x4.sub(even1, odd1));
  v128.store(to + 5 * toStride, f32x4.add(even2, odd2));
  v128.store(to + 6 * toStride, f32x4.sub(even2, odd2));
  v128.store(to + 7 * toStride, y3);
}
