import type { ConvolutionKernel } from '../convolution/convolution-kernel.ts';
import type { ConvolutionShape } from '../convolution/shape.ts';
import { multiply, multiplyTransposed } from './product.ts';

/** Filters of 1×1 that see every pixel: all three passes are products of matrices, the images as they lie. */
const applies = (s: ConvolutionShape): boolean =>
  s.filterHeight === 1 && s.filterWidth === 1 && s.strideY === 1 && s.strideX === 1 && s.outputHeight === s.height && s.outputWidth === s.width;

const rowsOf = (s: ConvolutionShape): number => s.batch * s.height * s.width;
/** Never more than any other kernel: nothing is copied. */
const cost = (): number => 0;

export const pointwiseConvolution: ConvolutionKernel = {
  name: 'pointwise',
  forward: {
    applies,
    cost,
    run: (kernels, s, input, filter, output) =>
      multiply(kernels, { rows: rowsOf(s), inner: s.channels, columns: s.outputChannels, turned: false }, input, filter, output),
  },
  inputGradient: {
    applies,
    cost,
    run: (kernels, s, dy, filter, dx) => multiply(kernels, { rows: rowsOf(s), inner: s.outputChannels, columns: s.channels, turned: true }, dy, filter, dx),
  },
  filterGradient: {
    applies,
    cost,
    run: (kernels, s, input, dy, gradient) => multiplyTransposed(kernels, { height: s.channels, columns: s.outputChannels, count: rowsOf(s) }, input, dy, gradient),
  },
};
