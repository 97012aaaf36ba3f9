import { checkLayer } from '../check-layer.ts';
import { placeFinish } from '../finish-record.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import { countLimits } from './lookup-layout.ts';
import { sumBases } from './pack.ts';

/** Signs [cin, cout] → bytes [64 channels][cin / 8][64], what is left of the channels [16][cin / 8][16]; missing ones 0. */
function packSignBytes(codes: Int8Array, inputs: number, channels: number): Uint8Array {
  const bytes = Math.ceil(inputs / 8);
  const packed = new Uint8Array(Math.ceil(channels / 16) * 16 * bytes);
  for (let c = 0; c < channels; c++) {
    const block = c & ~63;
    const width = channels - block > 48 ? 64 : 16;
    const first = c - (c % width);
    for (let i = 0; i < inputs; i++) {
      if (codes[i * channels + c] > 0) packed[first * bytes + (i >> 3) * width + (c - first)] |= 1 << (i & 7);
    }
  }
  return packed;
}

/** One output pixel under one tap: there is no second pixel to look up, and weights are read once, so bits are counted. */
export const xnorDensePopcount: LayerKernel = {
  id: 'xnor-dense-popcount-simd',
  arithmetic: 'xnor',
  variant: 'wasm',
  fuses: true,
  supports: (g) =>
    g.op !== 'depthwise-conv2d' && g.kernelHeight * g.kernelWidth * g.inputHeight * g.inputWidth === 1 &&
    g.outputHeight * g.outputWidth === 1 && g.padTop + g.padLeft === 0 && g.inputChannels <= 32760,
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { codes, padding } = checkLayer(g, parameters, 'xnor');
    const bases = sumBases(g, codes, padding, 16);
    const limits = finish.kind === 'threshold' ? place(memory, countLimits(bases, finish.thresholds)) : 0;
    return {
      description: 'xnor dense, popcount of bytes, 64 channels, wasm',
      tile: { inputChannels: 8, outputChannels: 16 },
      work: [
        {
          export: 'xnorDensePopcount',
          args: [
            input, Math.ceil(g.inputChannels / 8), place(memory, packSignBytes(codes, g.inputChannels, g.outputChannels)),
            limits, place(memory, bases.rows), placeFinish(memory, finish), output, g.outputChannels,
          ],
          items: Math.ceil(g.outputChannels / 64),
          scratch: true,
        },
      ],
    };
  },
};
