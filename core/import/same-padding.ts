/** TensorFlow's rule for padding that keeps ⌈input/stride⌉ windows: before and after; the odd pixel is at the end. */
export function samePadding(input: number, size: number, stride: number): readonly [number, number] {
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + size - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}
