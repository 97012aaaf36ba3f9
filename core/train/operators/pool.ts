import { maxPool, type backend_util, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { PoolAttributes, Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

interface PoolShape extends PoolAttributes {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Calls back for every window of every sample: first output index, and rows and columns inside the image. */
function eachWindow(
  pool: PoolShape,
  batch: number,
  channels: number,
  visit: (to: number, image: number, y0: number, y1: number, x0: number, x1: number) => void,
): void {
  const { inputHeight, inputWidth, outputHeight, outputWidth } = pool;
  let to = 0;
  for (let b = 0; b < batch; b++) {
    const image = b * inputHeight * inputWidth * channels;
    for (let oy = 0; oy < outputHeight; oy++) {
      const top = oy * pool.strideY - pool.padTop;
      for (let ox = 0; ox < outputWidth; ox++, to += channels) {
        const left = ox * pool.strideX - pool.padLeft;
        visit(to, image, Math.max(top, 0), Math.min(top + pool.sizeY, inputHeight), Math.max(left, 0), Math.min(left + pool.sizeX, inputWidth));
      }
    }
  }
}

interface AverageGradient extends PoolShape {
  readonly inputShape: Shape;
}

const averagePoolGradient: ArrayOperator<AverageGradient> = {
  name: 'AveragePoolGradient',
  outputs: (_, { inputShape }) => [inputShape],
  run: ([dy], [dx], pool) => {
    const [batch, , , channels] = pool.inputShape;
    const row = pool.inputWidth * channels;
    dx.fill(0);
    eachWindow(pool, batch, channels, (to, image, y0, y1, x0, x1) => {
      const share = 1 / ((y1 - y0) * (x1 - x0));
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const at = image + y * row + x * channels;
          for (let c = 0; c < channels; c++) dx[at + c] += dy[to + c] * share;
        }
      }
    });
  },
};

const averagePool: ArrayOperator<AverageGradient> = {
  name: 'AveragePool',
  outputs: ([x], pool) => [[x[0], pool.outputHeight, pool.outputWidth, x[3]]],
  run: ([input], [output], pool, [[batch, , , channels]]) => {
    const row = pool.inputWidth * channels;
    const sums = new Float64Array(channels);
    eachWindow(pool, batch, channels, (to, image, y0, y1, x0, x1) => {
      sums.fill(0);
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const at = image + y * row + x * channels;
          for (let c = 0; c < channels; c++) sums[c] += input[at + c];
        }
      }
      const count = (y1 - y0) * (x1 - x0);
      for (let c = 0; c < channels; c++) output[to + c] = sums[c] / count;
    });
  },
  gradient: { run: ([dy], _, pool) => apply(averagePoolGradient, [dy], pool) },
};

/** Padded positions are not counted. `output` is the shape of one sample, batch 1, as the graph has it. */
export function poolAverage(x: Tensor, pool: PoolAttributes, output: Shape): Tensor {
  const [, inputHeight = 1, inputWidth = 1] = x.shape;
  return apply(averagePool, [x], { ...pool, inputHeight, inputWidth, outputHeight: output[1], outputWidth: output[2], inputShape: x.shape })[0];
}

export const POOL_OPERATORS = [averagePool, averagePoolGradient] as const;

/** tfjs' own kernel forwards, backend/max-pool-gradient.ts backwards. */
export function poolMaximum(x: Tensor, { sizeY, sizeX, strideY, strideX, padTop, padBottom, padLeft, padRight }: PoolAttributes): Tensor {
  const padding: backend_util.ExplicitPadding = [[0, 0], [padTop, padBottom], [padLeft, padRight], [0, 0]];
  return maxPool(x as Tensor4D, [sizeY, sizeX], [strideY, strideX], padding);
}
