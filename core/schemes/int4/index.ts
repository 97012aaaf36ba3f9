import { uniformFormula } from '../../quant/uniform.ts';
import { packBits, signExtend, unpackBits } from '../../quant/pack.ts';
import { CLIP_FIELD } from '../int8/index.ts';
import type { Scheme } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

export const int4: Scheme = {
  id: 'int4',
  name: 'INT4',
  letter: '4',
  key: '3',
  bitsPerWeight: 4,
  description: '4-bit weights per output channel, 8-bit inputs',
  paper: 'Nagel et al. 2021, A White Paper on Neural Network Quantization, §2–3',
  options: { clip: CLIP_FIELD },
  largestCode: 7,
  inputFormat: () => 'int8',
  refusal: () => null,
  weights: uniformFormula(7),
  packedBytes: (layer) => Math.ceil(weightCount(layer) / 2),
  pack: (codes) => packBits(codes, 4),
  unpack: (bytes, layer) => signExtend(unpackBits(bytes, 4, weightCount(layer)), 4),
  tolerance: { gridSteps: 1, gaussianSqnr: [18, 20.5] },
};
