import { checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';

/** [k, cout] → [cout / 8][k][8], missing channels 0. */
function packChannelBlocks(kernel: Float32Array, k: number, channels: number): Float32Array {
  const packed = new Float32Array(Math.ceil(channels / 8) * k * 8);
  for (let i = 0; i < k; i++) {
    for (let c = 0; c < channels; c++) packed[((c >> 3) * k + i) * 8 + (c & 7)] = kernel[i * channels + c];
  }
  return packed;
}

export const float32ConvSimd: LayerKernel = {
  id: 'float32-conv-p4c8-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: false,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const plan = planImage(g, g.inputChannels * 4);
    const k = g.kernelHeight * g.kernelWidth * g.inputChannels;
    const paddedBias = new Float32Array(Math.ceil(g.outputChannels / 8) * 8);
    paddedBias.set(bias);

    const weights = place(memory, packChannelBlocks(kernel, k, g.outputChannels));
    const biases = place(memory, paddedBias);
    const pixels = place(memory, plan.pixelOffsets);
    const segments = place(memory, plan.segmentOffsets);
    const image = plan.padded ? memory.allocate(plan.imageBytes) : 0;
    const segmentLength = plan.tapsPerSegment * g.inputChannels;
    return {
      description: 'float32 conv, 4 pixels × 8 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 8 },
      work: [
        ...(plan.padded
          ? [{
              export: 'copyRows',
              args: [input, image + plan.interiorOffset, g.inputHeight, g.inputWidth * g.inputChannels * 4, plan.rowBytes],
            } as const]
          : []),
        {
          export: 'float32ConvP4C8',
          args: [
            plan.padded ? image : input, pixels, plan.pixelOffsets.length,
            segments, plan.segmentOffsets.length, segmentLength, weights, biases, output, g.outputChannels,
          ],
        },
      ],
    };
  },
};
