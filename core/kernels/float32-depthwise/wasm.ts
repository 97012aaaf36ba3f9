import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel } from '../kernel.ts';
import { place } from '../memory.ts';

/** The last pixel's vector may reach past the image. */
const OVERREAD_BYTES = 16;

export const float32DepthwiseSimd: LayerKernel = {
  id: 'float32-depthwise-c4-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: false,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const channels = g.outputChannels;
    const multiplier = channelMultiplier(g);
    const plan = planImage(g, channels * 4);
    const stride = Math.ceil(channels / 4) * 4;
    const taps = g.kernelHeight * g.kernelWidth;
    const packed = new Float32Array(taps * stride);
    for (let t = 0; t < taps; t++) packed.set(kernel.subarray(t * channels, (t + 1) * channels), t * stride);
    const paddedBias = new Float32Array(stride);
    paddedBias.set(bias);

    const weights = place(memory, packed);
    const biases = place(memory, paddedBias);
    const pixels = place(memory, plan.pixelOffsets);
    const tapOffsets = place(memory, plan.tapOffsets);
    const image = memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    const rowCount = g.inputWidth * g.inputChannels;
    const interior = image + plan.interiorOffset;
    return {
      description: 'float32 depthwise, 4 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 4 },
      work: [
        multiplier === 1
          ? { export: 'copyRows', args: [input, interior, g.inputHeight, rowCount * 4, plan.rowBytes] }
          : { export: 'repeatFloat32Channels', args: [input, interior, g.inputHeight, rowCount, plan.rowBytes, multiplier] },
        {
          export: 'float32DepthwiseC4',
          args: [image, pixels, plan.pixelOffsets.length, tapOffsets, taps, weights, biases, output, channels],
        },
      ],
    };
  },
};
