import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import { depthwiseCall, OVERREAD_BYTES } from '../integer-depthwise/call.ts';
import type { LayerKernel } from '../kernel.ts';

/** A depthwise sum has too few terms to count bits in: signs become int16 ±1 and the integer kernel adds them. */
export const xnorDepthwiseSimd: LayerKernel = {
  id: 'xnor-depthwise-c8-simd',
  arithmetic: 'xnor',
  variant: 'wasm',
  fuses: true,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare(job, memory) {
    const { geometry: g, input } = job;
    const { codes, padding } = checkLayer(g, job.parameters, 'xnor');
    const plan = planImage(g, g.outputChannels * 2);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    new Int16Array(memory.buffer, image, plan.imageBytes / 2).fill({ zero: 0, minus: -1, plus: 1 }[padding]);
    return {
      description: 'xnor depthwise over int16, 4 pixels × 8 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        {
          export: 'expandSigns',
          args: [
            input, image + plan.interiorOffset, g.inputHeight, g.inputWidth, g.inputChannels, plan.rowBytes, channelMultiplier(g),
          ],
        },
        depthwiseCall(job, codes, plan, image, memory),
      ],
    };
  },
};
