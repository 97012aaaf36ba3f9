import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { limitsOf } from '../finish-record.ts';
import { planImage } from '../image-plan.ts';
import type { LayerKernel, Work } from '../kernel.ts';
import { place } from '../memory.ts';

/** The last pixel's vector may reach past the image. */
const OVERREAD_BYTES = 16;

/** Any kernel, stride, dilation, number of channels and multiplier. */
export const float32DepthwiseSimd: LayerKernel = {
  id: 'float32-depthwise-c4-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: true,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const { low, high } = limitsOf(finish);
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
    const inPlace = !plan.padded && multiplier === 1 && channels === stride;
    const image = inPlace ? input : memory.allocate(plan.imageBytes + OVERREAD_BYTES);
    const rowCount = g.inputWidth * g.inputChannels;
    const interior = image + plan.interiorOffset;
    const copy: Work =
      multiplier === 1
        ? copyRows(input, interior, g.inputHeight, rowCount * 4, plan.rowBytes)
        : { export: 'repeatFloat32Channels', args: [input, interior, g.inputHeight, rowCount, plan.rowBytes, multiplier] };
    return {
      description: 'float32 depthwise, 4 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 4 },
      work: [
        ...(inPlace ? [] : [copy]),
        {
          export: 'float32DepthwiseC4',
          args: [image, pixels, tapOffsets, taps, weights, biases, output, channels, low, high],
          items: plan.pixelOffsets.length,
        },
      ],
    };
  },
};

/** [tap][channels] → [channels / 4][tap][4]. */
function packChannelGroups(kernel: Float32Array, taps: number, channels: number): Float32Array {
  const packed = new Float32Array(taps * channels);
  for (let t = 0; t < taps; t++) {
    for (let c = 0; c < channels; c++) packed[((c >> 2) * taps + t) * 4 + (c & 3)] = kernel[t * channels + c];
  }
  return packed;
}

/** Kernel 3×3 without a copy of the input; four output pixels share weights and, at stride 1, inputs. */
export const float32Depthwise3x3Simd: LayerKernel = {
  id: 'float32-depthwise3x3-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: true,
  supports: (g) =>
    g.op === 'depthwise-conv2d' && g.kernelHeight === 3 && g.kernelWidth === 3 && g.dilationY === 1 && g.dilationX === 1 &&
    g.inputChannels === g.outputChannels && g.inputChannels % 4 === 0,
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const { low, high } = limitsOf(finish);
    const weights = place(memory, packChannelGroups(kernel, 9, g.outputChannels));
    const biases = place(memory, bias);
    const zeroRow = memory.allocate(g.inputWidth * g.inputChannels * 4);
    const insideFrom = Math.ceil(g.padLeft / g.strideX);
    const insideTo = Math.min(g.outputWidth, Math.floor((g.inputWidth + g.padLeft - 3) / g.strideX) + 1);
    return {
      description: 'float32 depthwise 3×3, 4 pixels × 4 channels, wasm simd',
      tile: { inputChannels: 1, outputChannels: 4 },
      work: [{
        export: 'float32Depthwise3x3',
        args: [
          input, g.inputHeight, g.inputWidth, g.inputChannels, zeroRow, g.padTop, g.padLeft, g.strideY, g.strideX,
          insideFrom, insideTo, weights, biases, output, g.outputWidth, low, high,
        ],
        items: g.outputHeight,
      }],
    };
  },
};
