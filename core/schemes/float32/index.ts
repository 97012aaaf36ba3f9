import type { Scheme } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

/** The network as it came. Weights are stored as little-endian float32 by the writer, not as codes. */
export const float32: Scheme = {
  id: 'float32',
  name: 'FP32',
  letter: 'F',
  key: '1',
  bitsPerWeight: 32,
  description: '32-bit float weights and inputs',
  paper: 'IEEE 754-2019',
  options: {},
  largestCode: 0,
  inputFormat: () => 'float32',
  refusal: () => null,
  weights: null,
  packedBytes: (layer) => weightCount(layer) * 4,
  pack: () => new Uint8Array(0),
  unpack: () => new Int8Array(0),
  tolerance: { gridSteps: 0, gaussianSqnr: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] },
};
