import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape, SpatialWindow } from '../../graph/graph.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

interface Border extends Pick<SpatialWindow, 'padTop' | 'padBottom' | 'padLeft' | 'padRight'> {
  readonly value: number;
  /** Of the images without it. */
  readonly inner: Shape;
}

const outerOf = ({ padTop, padBottom, padLeft, padRight, inner: [batch, height, width, channels] }: Border): Shape => [batch, padTop + height + padBottom, padLeft + width + padRight, channels];

/** Calls back for every row of the images with its place without and with the border. */
function eachRow(border: Border, visit: (inner: number, outer: number) => void): void {
  const { padTop, padLeft, inner: [batch, height, width, channels] } = border;
  const [, outerHeight, outerWidth] = outerOf(border);
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) visit((b * height + y) * width * channels, ((b * outerHeight + padTop + y) * outerWidth + padLeft) * channels);
  }
}

/** Everything after the addresses: image, border. */
function numbersOf({ padTop, padBottom, padLeft, padRight, inner: [, height, width, channels] }: Border): readonly number[] {
  return [height, width * channels * 4, padTop, padBottom, padLeft * channels * 4, padRight * channels * 4];
}

const removeBorder: ArrayOperator<Border> = {
  name: 'RemoveBorder',
  outputs: (_, { inner }) => [inner],
  run: ([y], [x], border) => {
    const row = border.inner[2] * border.inner[3];
    eachRow(border, (to, from) => x.set(y.subarray(from, from + row), to));
  },
  fast: ({ kernels, inputs, outputs, attributes: border }) => {
    const [batch, height] = border.inner;
    kernels.run({ export: 'removeBorder', args: [...inputs, ...outputs, ...numbersOf(border)], items: batch * height });
  },
};

const addBorder: ArrayOperator<Border> = {
  name: 'AddBorder',
  outputs: (_, border) => [outerOf(border)],
  run: ([x], [y], border) => {
    const row = border.inner[2] * border.inner[3];
    y.fill(border.value);
    eachRow(border, (from, to) => y.set(x.subarray(from, from + row), to));
  },
  fast: ({ kernels, inputs, outputs, attributes: border }) => {
    const [batch, height] = outerOf(border);
    kernels.run({ export: 'addBorder', args: [...inputs, ...outputs, ...numbersOf(border), border.value], items: batch * height });
  },
  gradient: { run: ([dy], _, border) => apply(removeBorder, [dy], border) },
};

/** Images [batch, height, width, channels] with a border of `value`. */
export function surround(x: Tensor4D, { padTop, padBottom, padLeft, padRight }: SpatialWindow, value: number): Tensor4D {
  return apply(addBorder, [x], { padTop, padBottom, padLeft, padRight, value, inner: x.shape })[0] as Tensor4D;
}

export const BORDER_OPERATORS = [addBorder, removeBorder] as const;
