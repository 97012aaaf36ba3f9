/** Points at which the polynomials of a tile are evaluated, besides infinity; the same as in the assembly. */
const POINTS = [0, 0.625, -0.625, 1.5, -1.5] as const;

/** Positions of a transformed tile. */
export const POSITIONS = 36;

/** G of G·w·Gᵀ, [6][3]: the kernel as a polynomial at each point, over the point's Lagrange denominator. */
const G = Float64Array.from([
  ...POINTS.flatMap((point, i) => {
    const denominator = POINTS.reduce((product, other, j) => (i === j ? product : product * (point - other)), 1);
    return [1 / denominator, point / denominator, point ** 2 / denominator];
  }),
  0, 0, 1,
]);

/**
 * Weights [3, 3, cin, cout] → [36][cout / 8][cin][8], missing output channels 0. Computed in double, stored in float32. One
 * input channel at a time with the output channels innermost, which is the order of both arrays.
 */
export function transformWeights(kernel: Float32Array, inputChannels: number, outputChannels: number): Float32Array {
  const positionLength = Math.ceil(outputChannels / 8) * inputChannels * 8;
  const tapLength = inputChannels * outputChannels;
  const transformed = new Float32Array(POSITIONS * positionLength);
  /** G·w of one input channel, [6][3][cout]. */
  const rows = new Float64Array(18 * outputChannels);
  for (let c = 0; c < inputChannels; c++) {
    for (let i = 0; i < 6; i++) {
      const g0 = G[i * 3], g1 = G[i * 3 + 1], g2 = G[i * 3 + 2];
      for (let x = 0; x < 3; x++) {
        const top = x * tapLength + c * outputChannels, middle = top + 3 * tapLength, bottom = middle + 3 * tapLength;
        const to = (i * 3 + x) * outputChannels;
        for (let k = 0; k < outputChannels; k++) rows[to + k] = g0 * kernel[top + k] + g1 * kernel[middle + k] + g2 * kernel[bottom + k];
      }
    }
    for (let position = 0; position < POSITIONS; position++) {
      const i = Math.floor(position / 6), j = position % 6;
      const g0 = G[j * 3], g1 = G[j * 3 + 1], g2 = G[j * 3 + 2];
      const left = i * 3 * outputChannels, middle = left + outputChannels, right = middle + outputChannels;
      const to = position * positionLength + c * 8;
      for (let k = 0; k < outputChannels; k++) {
        transformed[to + (k >> 3) * inputChannels * 8 + (k & 7)] = g0 * rows[left + k] + g1 * rows[middle + k] + g2 * rows[right + k];
      }
    }
  }
  return transformed;
}
