import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { depthwiseCall, OVERREAD_BYTES } from './call.ts';

export const integerDepthwiseSimd: LayerKernel = {
  id: 'integer-depthwise-c8-simd',
  arithmetic: 'integer',
  variant: 'wasm',
  fuses: true,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare(job, memory) {
    const { geometry: g, input } = job;
    const { codes, zeroPoint } = checkLayer(g, job.parameters, 'integer');
    const multiplier = channelMultiplier(g);
    const plan = planImage(g, g.outputChannels * 2);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    const rowCount = g.inputWidth * g.inputChannels;
    const interior = image + plan.interiorOffset;
    return {
      description: 'integer depthwise, int16 dot, 4 pixels × 8 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        multiplier === 1
          ? { export: 'expandInt8Rows', args: [input, interior, rowCount, plan.rowBytes, zeroPoint], items: g.inputHeight }
          : { export: 'repeatInt8Channels', args: [input, interior, g.inputHeight, rowCount, plan.rowBytes, multiplier, zeroPoint] },
        depthwiseCall(job, codes, plan, image, memory),
      ],
    };
  },
};
