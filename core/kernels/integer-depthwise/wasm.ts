import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import { OVERREAD_BYTES, packTapCodes } from './pack-taps.ts';

export const integerDepthwiseSimd: LayerKernel = {
  id: 'integer-depthwise-c8-simd',
  arithmetic: 'integer',
  variant: 'wasm',
  fuses: false,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input, output }, memory) {
    const { codes, zeroPoint } = checkLayer(g, parameters, 'integer');
    const channels = g.outputChannels;
    const multiplier = channelMultiplier(g);
    const plan = planImage(g, channels * 2);
    const taps = g.kernelHeight * g.kernelWidth;

    const weights = place(memory, packTapCodes(codes, taps, channels));
    const pixels = place(memory, plan.pixelOffsets);
    const tapOffsets = place(memory, plan.tapOffsets);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    const rowCount = g.inputWidth * g.inputChannels;
    const interior = image + plan.interiorOffset;
    return {
      description: 'integer depthwise, 8 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        multiplier === 1
          ? { export: 'expandInt8Rows', args: [input, interior, g.inputHeight, rowCount, plan.rowBytes, zeroPoint] }
          : { export: 'repeatInt8Channels', args: [input, interior, g.inputHeight, rowCount, plan.rowBytes, multiplier, zeroPoint] },
        {
          export: 'integerDepthwiseC8',
          args: [image, pixels, plan.pixelOffsets.length, tapOffsets, taps, weights, output, channels],
        },
      ],
    };
  },
};
