import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import { OVERREAD_BYTES, packTapCodes } from '../integer-depthwise/pack-taps.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';

/** A depthwise sum has too few terms to count bits in: signs become int16 ±1 and the integer kernel adds them. */
export const xnorDepthwiseSimd: LayerKernel = {
  id: 'xnor-depthwise-c8-simd',
  arithmetic: 'xnor',
  variant: 'wasm',
  fuses: false,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input, output }, memory) {
    const { codes, padding } = checkLayer(g, parameters, 'xnor');
    const channels = g.outputChannels;
    const plan = planImage(g, channels * 2);
    const taps = g.kernelHeight * g.kernelWidth;

    const weights = place(memory, packTapCodes(codes, taps, channels));
    const pixels = place(memory, plan.pixelOffsets);
    const tapOffsets = place(memory, plan.tapOffsets);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    new Int16Array(memory.buffer, image, plan.imageBytes / 2).fill({ zero: 0, minus: -1, plus: 1 }[padding]);
    return {
      description: 'xnor depthwise over int16, 8 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        {
          export: 'expandSigns',
          args: [
            input, image + plan.interiorOffset, g.inputHeight, g.inputWidth, g.inputChannels, plan.rowBytes, channelMultiplier(g),
          ],
        },
        {
          export: 'integerDepthwiseC8',
          args: [image, pixels, plan.pixelOffsets.length, tapOffsets, taps, weights, output, channels],
        },
      ],
    };
  },
};
