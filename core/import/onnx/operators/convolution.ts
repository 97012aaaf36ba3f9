import { elementCount, type ConvolutionAttributes } from '../../../graph/graph.ts';
import { permute } from '../../../tensor/permute.ts';
import { NotRunnable } from '../../importer.ts';
import { CHANNELS_LAST, realWeight, type Converter, type NodeContext, type Running } from '../context.ts';
import type { Constant } from '../tensor.ts';
import { fromImage, geometry, imageOf, pair, statedPads } from './geometry.ts';
import { rungOf } from './rung.ts';
import { joined, sliced } from './values.ts';

/** A kernel [outputs, inputs a group, height, width]; of rows it has the height 1. */
function kernelOf(context: NodeContext, dimensions: number): Constant {
  const kernel = context.needed(1, 'a kernel');
  if (kernel.dims.length !== dimensions + 2) throw new NotRunnable(`a kernel of ${kernel.dims.length} dimensions`);
  return dimensions === 2 ? kernel : { ...kernel, dims: [kernel.dims[0], kernel.dims[1], 1, kernel.dims[2]] };
}

/** Rows of the first axis. */
function rowsOf(constant: Constant, begin: number, end: number): Constant {
  const row = elementCount(constant.dims.slice(1));
  const part = <T extends Float32Array | Float64Array>(values: T): T => values.slice(begin * row, end * row) as T;
  const stored = constant.stored && { ...constant.stored, distances: part(constant.stored.distances) };
  return { ...constant, dims: [end - begin, ...constant.dims.slice(1)], values: part(constant.values), stored };
}

/** One convolution of all channels with all others. */
function whole(context: NodeContext, image: Running, kernel: Constant, bias: Constant | null, attributes: ConvolutionAttributes, part = ''): Running {
  const [outputs, inputs, sizeY, sizeX] = kernel.dims;
  const weights = {
    kernel: { shape: [sizeY, sizeX, inputs, outputs], values: permute(kernel.values, kernel.dims, [2, 3, 1, 0]) },
    bias: bias ? realWeight(bias, [outputs]) : undefined,
  };
  const { choice, slots } = rungOf(context, kernel, 0, image, inputs);
  const id = context.add('conv2d', [image], attributes, { ...weights, ...slots }, part);
  context.stored(id, choice);
  return context.result(id, CHANNELS_LAST);
}

function convolved(context: NodeContext, image: Running, kernel: Constant, bias: Constant | null, groups: number, attributes: ConvolutionAttributes): Running {
  const [outputs, perGroup, sizeY, sizeX] = kernel.dims;
  const channels = image.shape[1];
  if (groups < 1 || outputs % groups !== 0 || perGroup * groups !== channels) {
    context.fail(`has a kernel for ${perGroup * groups} input channels where its input has ${channels}`);
  }
  if (groups === 1) return whole(context, image, kernel, bias, attributes);
  const rows = outputs / groups;
  if (perGroup > 1) {
    const parts = Array.from({ length: groups }, (_, g) => {
      const own = sliced(context, image, 1, g * perGroup, (g + 1) * perGroup, `input${g}`);
      const ownBias = bias && rowsOf(bias, g * rows, (g + 1) * rows);
      return whole(context, own, rowsOf(kernel, g * rows, (g + 1) * rows), ownBias, attributes, `group${g}`);
    });
    return joined(context, parts, 1);
  }
  // Output channel c·multiplier + m is row c·multiplier + m of the file's kernel: [outputs, 1, kh, kw] → [kh, kw, c, m].
  const weights = {
    kernel: { shape: [sizeY, sizeX, channels, rows], values: permute(kernel.values, kernel.dims, [2, 3, 1, 0]) },
    bias: bias ? realWeight(bias, [outputs]) : undefined,
  };
  const id = context.add('depthwise-conv2d', [image], attributes, weights);
  context.stored(id, rungOf(context, kernel, 0, null, 0).choice);
  return context.result(id, CHANNELS_LAST);
}

const biasOf = (context: NodeContext): Constant | null => (context.node.inputs[2] ? context.needed(2, 'a bias') : null);

export const convolution: Converter = (context) => {
  const { image, dimensions } = imageOf(context, context.running(0));
  const kernel = kernelOf(context, dimensions);
  const attributes = geometry(context, image, dimensions, kernel.dims[2], kernel.dims[3]);
  return fromImage(context, convolved(context, image, kernel, biasOf(context), context.integer('group', 1), attributes), dimensions);
};

/** `step` − 1 zeros behind every row and column, which is padding of another axis. */
function spaced(context: NodeContext, image: Running, stepY: number, stepX: number): Running {
  const [, channels, height, width] = image.shape;
  const shaped = (from: Running, shape: readonly number[], part: string): Running => ({ ...from, id: context.add('reshape', [from], { shape }, {}, part) });
  const behind = (from: Running, axis: number, count: number, part: string): Running =>
    ({ ...from, id: context.add('pad', [from], { before: [0, 0, 0, 0], after: [0, 1, 2, 3].map((a) => (a === axis ? count : 0)) }, {}, part) });
  let value = image;
  if (stepX > 1) value = shaped(behind(value, 3, (stepX - 1) * channels, 'zeros-x'), [1, height, width * stepX, channels], 'columns');
  if (stepY > 1) {
    const row = width * stepX * channels;
    value = shaped(behind(shaped(value, [1, height, row, 1], 'lines'), 2, (stepY - 1) * row, 'zeros-y'), [1, height * stepY, width * stepX, channels], 'rows');
  }
  return context.result(value.id, CHANNELS_LAST);
}

/** Kernel [inputs, outputs a group, h, w] as that of a convolution [outputs, inputs a group, h, w], turned by 180°. */
function turnedKernel({ dims: [inputs, perGroup, sizeY, sizeX], values }: Constant, groups: number): Constant {
  const [inner, taps] = [inputs / groups, sizeY * sizeX];
  const result = new Float32Array(values.length);
  for (let i = 0; i < inputs; i++) {
    const group = Math.floor(i / inner);
    for (let o = 0; o < perGroup; o++) {
      const to = ((group * perGroup + o) * inner + (i % inner)) * taps;
      for (let tap = 0; tap < taps; tap++) result[to + tap] = values[(i * perGroup + o) * taps + taps - 1 - tap];
    }
  }
  return { dims: [groups * perGroup, inner, sizeY, sizeX], kind: 'real', values: result };
}

/** A transposed convolution is one over its input with zeros between the pixels. */
export const transposedConvolution: Converter = (context) => {
  const { image, dimensions } = imageOf(context, context.running(0));
  const groups = context.integer('group', 1);
  const stated = kernelOf(context, dimensions);
  const auto = context.text('auto_pad', 'NOTSET');
  if (context.integers('output_shape')) throw new NotRunnable('a stated output shape');
  if (auto !== 'NOTSET' && auto !== 'VALID' && auto !== '') throw new NotRunnable(`the padding ${auto}`);
  if (groups < 1 || stated.dims[0] !== image.shape[1] || stated.dims[0] % groups !== 0) context.fail(`has a kernel for ${stated.dims[0]} input channels where its input has ${image.shape[1]}`);
  const kernel = turnedKernel(stated, groups);
  const [strideY, strideX] = pair(context, 'strides', dimensions, 1);
  const [dilationY, dilationX] = pair(context, 'dilations', dimensions, 1);
  if (strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1) context.fail('has a stride or dilation below 1');
  const [moreY, moreX] = pair(context, 'output_padding', dimensions, 0);
  const [top, left, bottom, right] = auto === 'VALID' ? [0, 0, 0, 0] : statedPads(context, dimensions);
  const [spanY, spanX] = [(kernel.dims[2] - 1) * dilationY, (kernel.dims[3] - 1) * dilationX];
  // Zeros stand behind the last pixel too, where only output padding wants some.
  const wanted = [spanY - top, spanX - left, spanY - bottom + moreY - (strideY - 1), spanX - right + moreX - (strideX - 1)];
  let value = spaced(context, image, strideY, strideX);
  for (const axis of [2, 3]) {
    const [before, after] = [Math.min(0, wanted[axis - 2]), Math.min(0, wanted[axis])];
    if (before < 0 || after < 0) value = sliced(context, value, axis, -before, value.shape[axis] + after, axis === 2 ? 'cut-y' : 'cut-x');
  }
  const [padTop, padLeft, padBottom, padRight] = wanted.map((pad) => Math.max(0, pad));
  const attributes = { strideY: 1, strideX: 1, padTop, padBottom, padLeft, padRight, dilationY, dilationX };
  return fromImage(context, convolved(context, value, kernel, biasOf(context), groups, attributes), dimensions);
};
