import { checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { limitsOf } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel, Work } from '../kernel.ts';
import { place } from '../memory.ts';

/** [k, cout] → [cout / 8][k][8], missing channels 0. */
function packChannelBlocks(kernel: Float32Array, k: number, channels: number): Float32Array {
  const packed = new Float32Array(Math.ceil(channels / 8) * k * 8);
  for (let i = 0; i < k; i++) {
    for (let c = 0; c < channels; c++) packed[((c >> 3) * k + i) * 8 + (c & 7)] = kernel[i * channels + c];
  }
  return packed;
}

/** Rows of 6 and 4 pixels alike; what is left over is summed in another order. */
const TILE_PIXELS = 12;

export const float32ConvSimd: LayerKernel = {
  id: 'float32-conv-c8-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: true,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const { low, high } = limitsOf(finish);
    const plan = planImage(g, g.inputChannels * 4);
    const k = g.kernelHeight * g.kernelWidth * g.inputChannels;
    const blocks = Math.ceil(g.outputChannels / 8);
    const paddedBias = new Float32Array(blocks * 8);
    paddedBias.set(bias);

    const weights = place(memory, packChannelBlocks(kernel, k, g.outputChannels));
    const biases = place(memory, paddedBias);
    const segments = place(memory, plan.segmentOffsets);
    const image = plan.padded ? memory.allocate(plan.imageBytes) : input;
    const copy: readonly Work[] = plan.padded
      ? [copyRows(input, image + plan.interiorOffset, g.inputHeight, g.inputWidth * g.inputChannels * 4, plan.rowBytes)]
      : [];
    const patch = [segments, plan.segmentOffsets.length, plan.tapsPerSegment * g.inputChannels] as const;
    const rest = [weights, biases, output, g.outputChannels, low, high] as const;
    const pixels = plan.pixelOffsets.length;
    // A single pixel has work for several threads only in its channels.
    return pixels === 1
      ? {
          description: 'float32 conv, 1 pixel × 8 channels, wasm simd',
          tile: { inputChannels: 1, outputChannels: 8 },
          work: [...copy, { export: 'float32DenseC8', args: [image, ...patch, ...rest], items: blocks }],
        }
      : {
          description: 'float32 conv, 4 or 6 pixels × 8 channels, wasm simd',
          tile: { inputChannels: 1, outputChannels: 8 },
          work: [...copy, { export: 'float32ConvC8', args: [image, place(memory, plan.pixelOffsets), ...patch, ...rest], items: pixels, grain: TILE_PIXELS }],
        };
  },
};
