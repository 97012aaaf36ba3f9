import type { TensorInfo, KernelConfig, NamedAttrMap } from '@tensorflow/tfjs-core';
import type { HeapBackend } from '../kernels/training-kernels.ts';
import { backend_util, DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput } from '@tensorflow/tfjs-core';

interface DepthwiseAttributes {
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly inputShape: [number, number, number, number];
  readonly filterShape: [number, number, number, number];
}

/** Calls back for every tap of a depthwise convolution with the indices of input, filter and output. */
function eachTap(info: backend_util.Conv2DInfo, visit: (input: number, filter: number, output: number) => void): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const multiplier = info.outChannels / inChannels;
  let output = 0;
  for (let b = 0; b < batchSize; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, output += info.outChannels) {
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * info.strideHeight - info.padInfo.top + ky * info.dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const x = ox * info.strideWidth - info.padInfo.left + kx * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            const input = ((b * inHeight + y) * inWidth + x) * inChannels;
            const filter = (ky * filterWidth + kx) * info.outChannels;
            for (let c = 0, k = 0; c < inChannels; c++) {
              for (let m = 0; m < multiplier; m++, k++) visit(input + c, filter + k, output + k);
            }
          }
        }
      }
    }
  }
}

function infoOf(inputShape: DepthwiseAttributes['inputShape'], filterShape: DepthwiseAttributes['filterShape'], { strides, dilations, pad }: DepthwiseAttributes): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, dilations ?? [1, 1], pad, undefined, true);
}

type Inputs = Readonly<Record<string, TensorInfo>>;
const attributesOf = (attrs: NamedAttrMap | undefined): DepthwiseAttributes => attrs as unknown as DepthwiseAttributes;

/** Both gradients of a depthwise convolution in plain loops: tfjs' WebAssembly backend has neither. */
export const depthwiseGradientKernels: readonly KernelConfig[] = [
  {
    kernelName: DepthwiseConv2dNativeBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, filter } = inputs as Inputs;
      const attributes = attributesOf(attrs);
      const heap = backend as unknown as HeapBackend;
      const dx = heap.makeOutput(attributes.inputShape, 'float32');
      const [target, gradient, weights] = [dx, dy, filter].map((info) => heap.typedArrayFromHeap(info));
      target.fill(0);
      eachTap(infoOf(attributes.inputShape, filter.shape as DepthwiseAttributes['filterShape'], attributes), (i, w, o) => (target[i] += gradient[o] * weights[w]));
      return dx;
    },
  },
  {
    kernelName: DepthwiseConv2dNativeBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, x } = inputs as Inputs;
      const attributes = attributesOf(attrs);
      const heap = backend as unknown as HeapBackend;
      const dw = heap.makeOutput(attributes.filterShape, 'float32');
      const [target, gradient, image] = [dw, dy, x].map((info) => heap.typedArrayFromHeap(info));
      const sums = new Float64Array(target.length);
      eachTap(infoOf(x.shape as DepthwiseAttributes['inputShape'], attributes.filterShape, attributes), (i, w, o) => (sums[w] += gradient[o] * image[i]));
      target.set(sums);
      return dw;
    },
  },
];
