/** Points at which the polynomials of a tile are evaluated, besides infinity; the same as in the assembly. */
const POINTS = [0, 0.625, -0.625, 1.5, -1.5] as const;

/** Positions of a transformed tile. */
export const POSITIONS = 36;

/** G of G·w·Gᵀ, [6][3]: the kernel as a polynomial at each point, over the point's Lagrange denominator. */
const G: readonly (readonly [number, number, number])[] = [
  ...POINTS.map((point, i) => {
    const denominator = POINTS.reduce((product, other, j) => (i === j ? product : product * (point - other)), 1);
    return [1 / denominator, point / denominator, point ** 2 / denominator] as const;
  }),
  [0, 0, 1],
];

/** Weights [3, 3, cin, cout] → [36][cout / 8][cin][8], missing output channels 0. Computed in double, stored in float32. */
export function transformWeights(kernel: Float32Array, inputChannels: number, outputChannels: number): Float32Array {
  const blocks = Math.ceil(outputChannels / 8);
  const positionLength = blocks * inputChannels * 8;
  const tapLength = inputChannels * outputChannels;
  const transformed = new Float32Array(POSITIONS * positionLength);
  /** G·w, [6][3]. */
  const rows = new Float64Array(18);
  for (let c = 0; c < inputChannels; c++) {
    for (let k = 0; k < outputChannels; k++) {
      const from = c * outputChannels + k;
      const to = ((k >> 3) * inputChannels + c) * 8 + (k & 7);
      for (let i = 0; i < 6; i++) {
        const [g0, g1, g2] = G[i];
        for (let x = 0; x < 3; x++) {
          const at = from + x * tapLength;
          rows[i * 3 + x] = g0 * kernel[at] + g1 * kernel[at + 3 * tapLength] + g2 * kernel[at + 6 * tapLength];
        }
      }
      for (let j = 0; j < 6; j++) {
        const [g0, g1, g2] = G[j];
        for (let i = 0; i < 6; i++) {
          transformed[(i * 6 + j) * positionLength + to] = g0 * rows[i * 3] + g1 * rows[i * 3 + 1] + g2 * rows[i * 3 + 2];
        }
      }
    }
  }
  return transformed;
}
