import { ROUNDER } from './round.ts';

/** Beyond this the result is 0 or infinite in float32 anyway. */
const LARGEST = 700;
/** ln 2 in two parts; k times the first is exact for every whole k that occurs. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Below this tanh is its series: e^2x − 1 would lose digits. */
const SERIES_BELOW = 2 ** -12;

/** 2^(i − 1023), by its bits, because Math.pow differs from engine to engine as well. */
const POWERS = new Float64Array(BigInt64Array.from({ length: 2047 }, (_, exponent) => BigInt(exponent) << 52n).buffer);

/**
 * e^x for −700..700, limited to them, relative error below 1e-14. Math.exp differs from engine to engine; this takes sums and
 * products of float64 in a fixed order, so that compiled kernels (operators/assembly/exponential-simd.ts) give the same bits.
 */
export function exponential(x: number): number {
  const limited = Math.min(Math.max(x, -LARGEST), LARGEST);
  const k = limited * Math.LOG2E + ROUNDER - ROUNDER;
  const r = limited - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  return sum * POWERS[k + 1023];
}

/** Beyond this the error function is ±1 in float32. */
const ERROR_FUNCTION_LIMIT = 4;
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * 2/√π ∫₀ˣ e^−t² dt, relative error below 1e-13 for |x| < 4: 2/√π e^−x² Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6), whose terms
 * have one sign, so that no digits are lost.
 */
export function errorFunction(x: number): number {
  if (!(Math.abs(x) < ERROR_FUNCTION_LIMIT)) return Math.sign(x);
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-15; n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * exponential(-square) * sum;
}

export function sigmoid(x: number): number {
  return 1 / (1 + exponential(-x));
}

export function hyperbolicTangent(x: number): number {
  if (Math.abs(x) < SERIES_BELOW) return x * (1 - (x * x) / 3);
  const square = exponential(x * 2);
  return (square - 1) / (square + 1);
}
