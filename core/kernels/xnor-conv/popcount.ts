import { checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { planImage } from '../image-plan.ts';
import { signBytes, type LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import { fillWithPlus, packSignBlocks, sumBases } from './pack.ts';

/** Patches packed at a time; CHUNK in the assembly source. */
const PATCHES = 32;

export const xnorConvPopcnt64: LayerKernel = {
  id: 'xnor-conv-p2c4-popcnt64',
  arithmetic: 'xnor',
  variant: 'wasm',
  fuses: false,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input, output }, memory) {
    const { codes, padding } = checkLayer(g, parameters, 'xnor');
    const pixelBytes = signBytes(g.inputChannels);
    const plan = planImage(g, pixelBytes);
    const k = plan.tapOffsets.length * g.inputChannels;
    const words = Math.ceil(k / 64);
    const bases = sumBases(g, codes, padding, 4);

    const weights = place(memory, packSignBlocks(codes, k, g.outputChannels));
    const baseRows = place(memory, bases.rows);
    const baseOffsets = place(memory, bases.rowOfPixel.map((row) => row * bases.rowLength * 4));
    const pixels = place(memory, plan.pixelOffsets);
    const taps = place(memory, plan.tapOffsets);
    const patches = memory.allocate(PATCHES * words * 8);
    const image = plan.padded ? memory.allocate(plan.imageBytes) : 0;
    if (plan.padded && padding === 'plus') {
      fillWithPlus(new Uint8Array(memory.buffer, image, plan.imageBytes), g.inputChannels);
    }
    return {
      description: 'xnor conv, popcount of 64 bits, 2 pixels × 4 channels, wasm',
      // Bits of a patch are packed without gaps: only its last word is filled up.
      tile: { inputChannels: plan.tapOffsets.length === 1 ? 64 : 1, outputChannels: 4 },
      work: [
        ...(plan.padded
          ? [copyRows(input, image + plan.interiorOffset, g.inputHeight, g.inputWidth * pixelBytes, plan.rowBytes)]
          : []),
        {
          export: 'xnorConvP2C4',
          args: [
            plan.padded ? image : input, pixels, plan.pixelOffsets.length, taps, plan.tapOffsets.length, g.inputChannels,
            patches, words, weights, baseRows, baseOffsets, output, g.outputChannels,
          ],
        },
      ],
    };
  },
};
