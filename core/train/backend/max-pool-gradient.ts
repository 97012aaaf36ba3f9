import { backend_util, MaxPoolGrad, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import type { HeapBackend } from '../kernels/training-kernels.ts';

interface PoolGradientAttributes {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The gradient goes to the first largest value of each window, the one that the runtime takes. */
export const maxPoolGradientKernel: KernelConfig = {
  kernelName: MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, input } = inputs as Readonly<Record<string, TensorInfo>>;
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolGradientAttributes;
    const info = backend_util.computePool2DInfo(input.shape as [number, number, number, number], filterSize, strides, 1, pad, dimRoundingMode);
    const heap = backend as unknown as HeapBackend;
    const result = heap.makeOutput(input.shape, 'float32');
    const [dx, gradient, x] = [result, dy, input].map((tensor) => heap.typedArrayFromHeap(tensor));
    const { inHeight, inWidth, inChannels: channels } = info;
    const row = inWidth * channels;
    dx.fill(0);
    let from = 0;
    for (let b = 0; b < info.batchSize; b++) {
      const image = b * inHeight * row;
      for (let oy = 0; oy < info.outHeight; oy++) {
        const y0 = Math.max(oy * info.strideHeight - info.padInfo.top, 0);
        const y1 = Math.min(oy * info.strideHeight - info.padInfo.top + info.filterHeight, inHeight);
        for (let ox = 0; ox < info.outWidth; ox++, from += channels) {
          const x0 = Math.max(ox * info.strideWidth - info.padInfo.left, 0);
          const x1 = Math.min(ox * info.strideWidth - info.padInfo.left + info.filterWidth, inWidth);
          for (let c = 0; c < channels; c++) {
            let best = image + y0 * row + x0 * channels + c;
            for (let y = y0; y < y1; y++) {
              const end = image + y * row + x1 * channels + c;
              // A product instead of a branch: which tap is largest cannot be predicted.
              for (let at = image + y * row + x0 * channels + c; at < end; at += channels) best += (at - best) * Number(x[at] > x[best]);
            }
            dx[best] += gradient[from + c];
          }
        }
      }
    }
    return result;
  },
};
