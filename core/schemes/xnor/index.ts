import { choice } from '../../quant/fields.ts';
import { packSigns, unpackSigns } from '../../quant/pack.ts';
import { signFormula } from '../binary/index.ts';
import type { Scheme } from '../scheme.ts';
import { weightCount } from '../weight-count.ts';

/** One-bit weights and one-bit inputs: XNOR and popcount instead of multiply and accumulate. */
export const xnor: Scheme = {
  id: 'xnor',
  name: 'XNOR',
  letter: 'X',
  key: '6',
  bitsPerWeight: 1,
  description: '−α or +α per output channel, one-bit inputs',
  paper: 'Rastegari et al. 2016, XNOR-Net, §3.2; Liu et al. 2020, ReActNet (RSign)',
  options: {
    // After a ReLU the low level of a one-bit input is (nearly) zero, so −1 is what a zero pad was.
    padding: choice(
      [
        { id: 'minus', label: '−1, the low level' },
        { id: 'zero', label: 'not counted' },
        { id: 'plus', label: '+1' },
      ],
      'minus',
      'Padding',
      'what a padded tap counts as',
    ),
  },
  largestCode: 1,
  inputFormat: () => 'sign',
  refusal: (layer) => {
    if (layer.isFirst) {
      return 'Its input is the raw image: one bit a pixel loses about 18 points. BINARY keeps 8-bit inputs.';
    }
    if (layer.op === 'depthwise-conv2d') {
      return 'A depthwise filter sums only one channel, too few one-bit products to carry a signal. BINARY keeps 8-bit inputs.';
    }
    return null;
  },
  weights: signFormula,
  packedBytes: (layer) => Math.ceil(weightCount(layer) / 8),
  pack: (codes) => packSigns(codes),
  unpack: (bytes, layer) => unpackSigns(bytes, weightCount(layer)),
  tolerance: { gridSteps: 1, gaussianSqnr: [4.2, 4.6] },
};
