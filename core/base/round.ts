/** Round to the nearest integer, ties to the even one: what IEEE 754, ONNX and every kernel mean by rounding. */
export function roundHalfEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
