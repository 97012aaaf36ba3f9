import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';
import type { KernelProgram } from '../program.ts';
import { OVERREAD_BYTES, packTapCodes } from './pack-taps.ts';

export const INTEGER_DEPTHWISE_SIMD = 'integer-depthwise-c8-simd';

export function createIntegerDepthwise(program: KernelProgram): LayerKernel {
  return {
    id: INTEGER_DEPTHWISE_SIMD,
    arithmetic: 'integer',
    variant: 'wasm',
    supports: (geometry) => geometry.op === 'depthwise-conv2d',
    prepare(g, parameters, memory) {
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
      return {
        description: 'integer depthwise, 8 channels, wasm simd',
        run(inputOffset, outputOffset) {
          const interior = image + plan.interiorOffset;
          if (multiplier === 1) {
            program.expandInt8Rows(inputOffset, interior, g.inputHeight, rowCount, plan.rowBytes, zeroPoint);
          } else {
            program.repeatInt8Channels(inputOffset, interior, g.inputHeight, rowCount, plan.rowBytes, multiplier, zeroPoint);
          }
          program.integerDepthwiseC8(
            image, pixels, plan.pixelOffsets.length, tapOffsets, taps, weights, outputOffset, channels,
          );
        },
      };
    },
  };
}
