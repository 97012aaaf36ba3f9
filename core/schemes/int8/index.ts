import { choice } from '../../quant/fields.ts';
import { uniformFormula } from '../../quant/uniform.ts';
import { packBits, signExtend, unpackBits } from '../../quant/pack.ts';
import type { Scheme } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

export const CLIP_FIELD = choice(
  [
    { id: 'mse', label: 'Least squared error' },
    { id: 'maximum', label: 'Largest weight' },
  ],
  'mse',
  'Weight clip',
  'how the scale of each output channel is chosen',
);

export const int8: Scheme = {
  id: 'int8',
  name: 'INT8',
  letter: '8',
  key: '2',
  bitsPerWeight: 8,
  description: '8-bit weights per output channel, 8-bit inputs',
  paper: 'Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, §2',
  options: { clip: CLIP_FIELD },
  largestCode: 127,
  inputFormat: () => 'int8',
  refusal: () => null,
  weights: uniformFormula(127),
  packedBytes: weightCount,
  pack: (codes) => packBits(codes, 8),
  unpack: (bytes, layer) => signExtend(unpackBits(bytes, 8, weightCount(layer)), 8),
  tolerance: { gridSteps: 1, gaussianSqnr: [38, 44] },
};
