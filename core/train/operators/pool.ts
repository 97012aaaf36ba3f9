import type { Tensor } from '@tensorflow/tfjs-core';
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

const outputShape = ([x]: readonly Shape[], pool: PoolShape): readonly Shape[] => [[x[0], pool.outputHeight, pool.outputWidth, x[3]]];

/** The gradient goes to the first largest value of each window, the one the runtime takes. */
const maxPoolGradient: ArrayOperator<PoolShape> = {
  name: 'MaxPoolGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], pool, [[batch, , , channels]]) => {
    const row = pool.inputWidth * channels;
    dx.fill(0);
    eachWindow(pool, batch, channels, (to, image, y0, y1, x0, x1) => {
      for (let c = 0; c < channels; c++) {
        let best = image + y0 * row + x0 * channels + c;
        for (let y = y0; y < y1; y++) {
          const end = image + y * row + x1 * channels + c;
          for (let at = image + y * row + x0 * channels + c; at < end; at += channels) if (x[at] > x[best]) best = at;
        }
        dx[best] += dy[to + c];
      }
    });
  },
};

const maxPool: ArrayOperator<PoolShape> = {
  name: 'MaxPool',
  outputs: outputShape,
  run: ([x], [output], pool, [[batch, , , channels]]) => {
    const row = pool.inputWidth * channels;
    eachWindow(pool, batch, channels, (to, image, y0, y1, x0, x1) => {
      for (let c = 0; c < channels; c++) {
        let best = x[image + y0 * row + x0 * channels + c];
        for (let y = y0; y < y1; y++) {
          const end = image + y * row + x1 * channels + c;
          for (let at = image + y * row + x0 * channels + c; at < end; at += channels) if (x[at] > best) best = x[at];
        }
        output[to + c] = best;
      }
    });
  },
  gradient: { inputs: [0], run: ([dy], [x], pool) => apply(maxPoolGradient, [x, dy], pool) },
};

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
  outputs: outputShape,
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

function shapeOfPool(pool: PoolAttributes, input: Shape, output: Shape): PoolShape {
  return { ...pool, inputHeight: input[1], inputWidth: input[2], outputHeight: output[1], outputWidth: output[2] };
}

/** `output` is the shape of one sample, batch 1, as the graph has it. */
export function poolMaximum(x: Tensor, pool: PoolAttributes, output: Shape): Tensor {
  return apply(maxPool, [x], shapeOfPool(pool, x.shape, output))[0];
}

/** Padded positions are not counted. */
export function poolAverage(x: Tensor, pool: PoolAttributes, output: Shape): Tensor {
  return apply(averagePool, [x], { ...shapeOfPool(pool, x.shape, output), inputShape: x.shape })[0];
}

export const POOL_OPERATORS = [maxPool, maxPoolGradient, averagePool, averagePoolGradient] as const;
