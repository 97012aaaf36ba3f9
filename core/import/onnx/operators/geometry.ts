import type { ConvolutionAttributes } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import { samePadding } from '../../same-padding.ts';
import { CHANNELS_LAST, type NodeContext, type Running } from '../context.ts';

// Windows over images [n, c, h, w], and over rows [n, c, l], which are images of one line.

/** A list with one number for each dimension of the window, as height and width. */
export function pair(context: NodeContext, name: string, dimensions: number, fallback: number): readonly [number, number] {
  const list = context.integers(name) ?? Array.from({ length: dimensions }, () => fallback);
  if (list.length !== dimensions) throw new NotRunnable(`${name} of ${list.length} dimensions`);
  return dimensions === 1 ? [fallback, list[0]] : [list[0], list[1]];
}

/** Padding of one axis for auto_pad: [before, after]. */
function autoPadding(input: number, size: number, stride: number, upper: boolean): readonly [number, number] {
  const [small, large] = samePadding(input, size, stride);
  return upper ? [small, large] : [large, small];
}

/** pads as [top, left, bottom, right]; NotRunnable where some are negative. */
export function statedPads(context: NodeContext, dimensions: number): readonly [number, number, number, number] {
  const pads = context.integers('pads') ?? Array.from({ length: 2 * dimensions }, () => 0);
  if (pads.length !== 2 * dimensions) throw new NotRunnable(`pads of ${pads.length / 2} dimensions`);
  if (pads.some((pad) => pad < 0)) throw new NotRunnable('negative padding');
  return dimensions === 1 ? [0, pads[0], 0, pads[1]] : [pads[0], pads[1], pads[2], pads[3]];
}

/** Strides, padding and dilation of a window of sizeY × sizeX over an image. */
export function geometry(context: NodeContext, image: Running, dimensions: number, sizeY: number, sizeX: number): ConvolutionAttributes {
  const [strideY, strideX] = pair(context, 'strides', dimensions, 1);
  const [dilationY, dilationX] = pair(context, 'dilations', dimensions, 1);
  if (strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1) context.fail('has a stride or dilation below 1');
  const [, , height, width] = image.shape;
  const spanY = (sizeY - 1) * dilationY + 1;
  const spanX = (sizeX - 1) * dilationX + 1;
  const auto = context.text('auto_pad', 'NOTSET');
  let padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    [padTop, padBottom] = autoPadding(height, spanY, strideY, auto === 'SAME_UPPER');
    [padLeft, padRight] = autoPadding(width, spanX, strideX, auto === 'SAME_UPPER');
  } else if (auto === 'NOTSET' || auto === '') [padTop, padLeft, padBottom, padRight] = statedPads(context, dimensions);
  else if (auto !== 'VALID') context.fail(`has the unknown auto_pad "${auto}"`);
  return { strideY, strideX, padTop, padBottom, padLeft, padRight, dilationY, dilationX };
}

/** Rows are kept as [n, l, c], so that an image of one line is the same numbers. */
const ROWS = [0, 2, 1] as const;

/** An image, kept as NHWC; rows become an image of one line. */
export function imageOf(context: NodeContext, value: Running): { readonly image: Running; readonly dimensions: number } {
  if (value.shape.length !== 3) return { image: context.inOrder(value, CHANNELS_LAST), dimensions: 2 };
  const rows = context.inOrder(value, ROWS);
  const [, channels, length] = value.shape;
  const image = context.add('reshape', [rows], { shape: [1, 1, length, channels] }, {}, 'image');
  return { image: context.result(image, CHANNELS_LAST), dimensions: 1 };
}

/** What `imageOf` made an image of, again. */
export function fromImage(context: NodeContext, image: Running, dimensions: number): Running {
  if (dimensions === 2) return image;
  const [, channels, , length] = image.shape;
  return context.result(context.add('reshape', [image], { shape: [1, length, channels] }, {}, 'rows'), ROWS);
}
