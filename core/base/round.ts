/** Round to the nearest integer, ties to the even one: what IEEE 754, ONNX and every kernel mean by rounding. */
export function roundHalfEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/**
 * For hot loops: x + ROUNDER − ROUNDER is x rounded half to even, for every double below 2^51 in magnitude, because
 * 1.5·2^52 leaves no bits for a fraction.
 */
export const ROUNDER = 6755399441055744;
