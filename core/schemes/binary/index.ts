import type { Ops } from '../../quant/ops.ts';
import { packSigns, unpackSigns } from '../../quant/pack.ts';
import { LEARNED_LEVEL } from '../learned-level.ts';
import type { Codes, Scheme, WeightFormula } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

/**
 * B = sign(W), α = ‖W‖₁/n per output channel: argmin ‖W − αB‖². The gradient passes where |W| ≤ 1 with α detached
 * (Bi-Real Net, ReActNet).
 */
export const signFormula: WeightFormula = {
  scale: <T>(ops: Ops<T>, weights: T): T => ops.maximum(ops.channelMean(ops.absolute(weights)), ops.constant(1e-6)),
  codes: <T>(ops: Ops<T>, weights: T): Codes<T> => ({
    codes: ops.sign(weights),
    gradientMask: ops.greaterEqual(ops.constant(1), ops.absolute(weights)),
  }),
  levels: () => 1,
  trainedScale: 'recomputed',
  learnedScale: LEARNED_LEVEL,
  clipsLatents: true,
};

/** Binary weight networks: ±α weights, 8-bit activations. */
export const binary: Scheme = {
  id: 'binary',
  name: 'BINARY',
  letter: 'B',
  key: '5',
  bitsPerWeight: 1,
  description: '−α or +α per output channel, 8-bit inputs',
  paper: 'Rastegari et al. 2016, XNOR-Net, §3.1 (BWN)',
  options: {},
  largestCode: 1,
  inputFormat: () => 'int8',
  refusal: () => null,
  weights: signFormula,
  packedBytes: (layer) => Math.ceil(weightCount(layer) / 8),
  pack: (codes) => packSigns(codes),
  unpack: (bytes, layer) => unpackSigns(bytes, weightCount(layer)),
  tolerance: { gridSteps: 1, gaussianSqnr: [4.2, 4.6] },
};
