import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { chunksOf } from './channel-rows.ts';

interface DepthwiseShape extends ConvolutionAttributes {
  readonly inputShape: Shape;
  /** [height, width, channels, filters a channel] */
  readonly filterShape: Shape;
}

const extent = (size: number, filter: number, stride: number, dilation: number, pads: number): number => Math.floor((size + pads - (filter - 1) * dilation - 1) / stride) + 1;

function outputOf(shape: DepthwiseShape): Shape {
  const { inputShape: [batch, height, width, channels], filterShape: [filterHeight, filterWidth, , multiplier] } = shape;
  return [
    batch,
    extent(height, filterHeight, shape.strideY, shape.dilationY, shape.padTop + shape.padBottom),
    extent(width, filterWidth, shape.strideX, shape.dilationX, shape.padLeft + shape.padRight),
    channels * multiplier,
  ];
}

/** Calls back for every tap that lies in the image with the indices of input, filter and output. */
function eachTap(shape: DepthwiseShape, visit: (input: number, filter: number, output: number) => void): void {
  const { inputShape: [batch, height, width, channels], filterShape: [filterHeight, filterWidth, , multiplier] } = shape;
  const [, outputHeight, outputWidth, outputChannels] = outputOf(shape);
  let output = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outputHeight; oy++) {
      for (let ox = 0; ox < outputWidth; ox++, output += outputChannels) {
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * shape.strideY - shape.padTop + ky * shape.dilationY;
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const x = ox * shape.strideX - shape.padLeft + kx * shape.dilationX;
            if (x < 0 || x >= width) continue;
            const input = ((b * height + y) * width + x) * channels;
            const filter = (ky * filterWidth + kx) * outputChannels;
            for (let k = 0; k < outputChannels; k++) visit(input + Math.floor(k / multiplier), filter + k, output + k);
          }
        }
      }
    }
  }
}

/** Everything after the addresses: image, output, filter, window. */
function numbersOf(shape: DepthwiseShape): readonly number[] {
  const { inputShape: [, height, width, channels], filterShape: [filterHeight, filterWidth], strideY, strideX, padTop, padLeft, dilationY, dilationX } = shape;
  const [, outputHeight, outputWidth] = outputOf(shape);
  return [height, width, channels, outputHeight, outputWidth, filterHeight, filterWidth, strideY, strideX, padTop, padLeft, dilationY, dilationX];
}

const hasOneFilter = ({ filterShape: [, , , multiplier] }: DepthwiseShape): boolean => multiplier === 1;

const inputGradient: ArrayOperator<DepthwiseShape> = {
  name: 'DepthwiseInputGradient',
  outputs: (_, { inputShape }) => [inputShape],
  run: ([dy, filter], [dx], shape) => {
    dx.fill(0);
    eachTap(shape, (i, w, o) => (dx[i] += dy[o] * filter[w]));
  },
  fast: ({ kernels, inputs, outputs, attributes: shape }) => {
    const { strideY, strideX, dilationY, dilationX, inputShape: [batch, height] } = shape;
    const isRegular = (strideY === 1 || dilationY === 1) && (strideX === 1 || dilationX === 1);
    if (!hasOneFilter(shape) || !isRegular) return false;
    kernels.run({ export: 'depthwiseInputGradient', args: [...inputs, ...outputs, ...numbersOf(shape)], items: batch * height });
  },
};

const filterGradient: ArrayOperator<DepthwiseShape> = {
  name: 'DepthwiseFilterGradient',
  outputs: (_, { filterShape }) => [filterShape],
  run: ([x, dy], [dFilter], shape) => {
    const sums = new Float64Array(dFilter.length);
    eachTap(shape, (i, w, o) => (sums[w] += dy[o] * x[i]));
    dFilter.set(sums);
  },
  fast: ({ kernels, inputs, outputs: [dFilter], attributes: shape }) => {
    if (!hasOneFilter(shape)) return false;
    const { filterShape: [filterHeight, filterWidth, channels] } = shape;
    const [batch, outputHeight, outputWidth] = outputOf(shape);
    const taps = filterHeight * filterWidth;
    const rows = batch * outputHeight;
    const { chunks, chunkRows } = chunksOf(rows, Math.ceil(64 / outputWidth));
    const partials = kernels.workspace('partial sums', chunks * taps * Math.ceil(channels / 4) * 32);
    kernels.run({ export: 'depthwiseFilterGradient', args: [...inputs, ...numbersOf(shape), rows, chunkRows, partials], items: chunks });
    kernels.run({ export: 'depthwiseFilterSum', args: [partials, chunks, taps, channels, dFilter] });
  },
};

const depthwise: ArrayOperator<DepthwiseShape> = {
  name: 'Depthwise',
  outputs: (_, shape) => [outputOf(shape)],
  run: ([x, filter], [y], shape) => {
    const sums = new Float64Array(y.length);
    eachTap(shape, (i, w, o) => (sums[o] += x[i] * filter[w]));
    y.set(sums);
  },
  fast: ({ kernels, inputs, outputs, attributes: shape }) => {
    if (!hasOneFilter(shape)) return false;
    const [batch, outputHeight] = outputOf(shape);
    kernels.run({ export: 'depthwise', args: [...inputs, ...outputs, ...numbersOf(shape)], items: batch * outputHeight });
  },
  gradient: {
    inputs: [0, 1],
    run: ([dy], [x, filter], shape) => [apply(inputGradient, [dy, filter], shape)[0], apply(filterGradient, [x, dy], shape)[0]],
  },
};

/** x [batch, height, width, channels], filter [height, width, channels, multiplier]; padded values are 0. */
export function convolveDepthwise(x: Tensor4D, filter: Tensor4D, attributes: ConvolutionAttributes): Tensor4D {
  return apply(depthwise, [x, filter], { ...attributes, inputShape: x.shape, filterShape: filter.shape })[0] as Tensor4D;
}

export const DEPTHWISE_OPERATORS = [depthwise, inputGradient, filterGradient] as const;
