import type { Tensor } from '@tensorflow/tfjs-core';
import type { PoolAttributes, Shape } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

interface PoolShape extends PoolAttributes {
  readonly inputShape: Shape;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Calls back for every window of every sample: first output index, and rows and columns inside the image. */
function eachWindow(pool: PoolShape, visit: (to: number, image: number, y0: number, y1: number, x0: number, x1: number) => void): void {
  const { inputShape: [batch, height, width, channels], outputHeight, outputWidth } = pool;
  let to = 0;
  for (let b = 0; b < batch; b++) {
    const image = b * height * width * channels;
    for (let oy = 0; oy < outputHeight; oy++) {
      const top = oy * pool.strideY - pool.padTop;
      for (let ox = 0; ox < outputWidth; ox++, to += channels) {
        const left = ox * pool.strideX - pool.padLeft;
        visit(to, image, Math.max(top, 0), Math.min(top + pool.sizeY, height), Math.max(left, 0), Math.min(left + pool.sizeX, width));
      }
    }
  }
}

/** Everything after the addresses: image, output, window. */
function numbersOf({ inputShape: [, height, width, channels], outputHeight, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft }: PoolShape): readonly number[] {
  return [height, width, channels, outputHeight, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft];
}

const outputOf = ({ inputShape: [batch, , , channels], outputHeight, outputWidth }: PoolShape): Shape => [batch, outputHeight, outputWidth, channels];
const outputPixels = ({ inputShape: [batch], outputHeight, outputWidth }: PoolShape): number => batch * outputHeight * outputWidth;

/** Positions of the first largest value of each window and channel. */
function eachLargest(x: Float32Array, pool: PoolShape, visit: (to: number, best: number) => void): void {
  const [, , width, channels] = pool.inputShape;
  const row = width * channels;
  eachWindow(pool, (to, image, y0, y1, x0, x1) => {
    for (let c = 0; c < channels; c++) {
      let best = image + y0 * row + x0 * channels + c;
      for (let y = y0; y < y1; y++) {
        const end = image + y * row + x1 * channels + c;
        // A product instead of a branch: which tap is largest cannot be predicted.
        for (let at = image + y * row + x0 * channels + c; at < end; at += channels) best += (at - best) * Number(x[at] > x[best]);
      }
      visit(to + c, best);
    }
  });
}

const isHalving = ({ sizeY, sizeX, strideY, strideX, padTop, padLeft, inputShape: [, height, width], outputHeight, outputWidth }: PoolShape): boolean =>
  sizeY === 2 && sizeX === 2 && strideY === 2 && strideX === 2 && padTop === 0 && padLeft === 0 && outputHeight === height >> 1 && outputWidth === width >> 1;

/** The gradient goes to the first largest value of each window, the one that the runtime takes. */
const maxPoolGradient: ArrayOperator<PoolShape> = {
  name: 'MaxPoolGradient',
  outputs: ([x]) => [x],
  run: ([x, dy], [dx], pool) => {
    dx.fill(0);
    eachLargest(x, pool, (to, best) => (dx[best] += dy[to]));
  },
  fast: ({ kernels, inputs: [x, dy], outputs: [dx], attributes: pool }) => {
    const [batch, height, width, channels] = pool.inputShape;
    const halves = isHalving(pool);
    if (halves) kernels.run({ export: 'maxPoolHalvingGradient', args: [x, dy, dx, height, width, channels], items: batch * ((height + 1) >> 1) });
    else kernels.run({ export: 'maxPoolGradient', args: [x, dy, dx, ...numbersOf(pool)], items: batch });
  },
};

const maxPool: ArrayOperator<PoolShape> = {
  name: 'MaxPool',
  outputs: (_, pool) => [outputOf(pool)],
  run: ([x], [y], pool) => eachLargest(x, pool, (to, best) => (y[to] = x[best])),
  fast: ({ kernels, inputs, outputs, attributes: pool }) => kernels.run({ export: 'maxPool', args: [...inputs, ...outputs, ...numbersOf(pool)], items: outputPixels(pool) }),
  gradient: { inputs: [0], run: ([dy], [x], pool) => apply(maxPoolGradient, [x, dy], pool) },
};

const averagePoolGradient: ArrayOperator<PoolShape> = {
  name: 'AveragePoolGradient',
  outputs: (_, { inputShape }) => [inputShape],
  run: ([dy], [dx], pool) => {
    const [, , width, channels] = pool.inputShape;
    dx.fill(0);
    eachWindow(pool, (to, image, y0, y1, x0, x1) => {
      const share = 1 / ((y1 - y0) * (x1 - x0));
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const at = image + (y * width + x) * channels;
          for (let c = 0; c < channels; c++) dx[at + c] += dy[to + c] * share;
        }
      }
    });
  },
  fast: ({ kernels, inputs, outputs, attributes: pool }) => {
    const [batch, height] = pool.inputShape;
    kernels.run({ export: 'averagePoolGradient', args: [...inputs, ...outputs, ...numbersOf(pool)], items: batch * height });
  },
};

const averagePool: ArrayOperator<PoolShape> = {
  name: 'AveragePool',
  outputs: (_, pool) => [outputOf(pool)],
  run: ([input], [output], pool) => {
    const [, , width, channels] = pool.inputShape;
    const sums = new Float64Array(channels);
    eachWindow(pool, (to, image, y0, y1, x0, x1) => {
      sums.fill(0);
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const at = image + (y * width + x) * channels;
          for (let c = 0; c < channels; c++) sums[c] += input[at + c];
        }
      }
      const count = (y1 - y0) * (x1 - x0);
      for (let c = 0; c < channels; c++) output[to + c] = sums[c] / count;
    });
  },
  fast: ({ kernels, inputs, outputs, attributes: pool }) => kernels.run({ export: 'averagePool', args: [...inputs, ...outputs, ...numbersOf(pool)], items: outputPixels(pool) }),
  gradient: { run: ([dy], _, pool) => apply(averagePoolGradient, [dy], pool) },
};

/** Padded positions are not counted. `output` is the shape of one sample, batch 1, as the graph has it. */
export function poolAverage(x: Tensor, pool: PoolAttributes, output: Shape): Tensor {
  return apply(averagePool, [x], { ...pool, inputShape: x.shape, outputHeight: output[1], outputWidth: output[2] })[0];
}

/** `output` as in `poolAverage`. */
export function poolMaximum(x: Tensor, pool: PoolAttributes, output: Shape): Tensor {
  return apply(maxPool, [x], { ...pool, inputShape: x.shape, outputHeight: output[1], outputWidth: output[2] })[0];
}

export const POOL_OPERATORS = [maxPool, maxPoolGradient, averagePool, averagePoolGradient] as const;
