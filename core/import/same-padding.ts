/** TensorFlow's rule for 'same' along one axis: the odd pixel of padding is at the end. Gives [before, after]. */
export function samePadding(input: number, size: number, stride: number): readonly [number, number] {
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + size - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}
