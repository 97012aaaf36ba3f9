import type { ConvolutionKernel } from '../convolution/convolution-kernel.ts';
import { aligned, eights, type ConvolutionShape } from '../convolution/shape.ts';
import type { TrainingKernels } from '../training-kernels.ts';

/*
 * Winograd's minimal filtering F(outputs², taps²) on tiles of size² = (outputs + taps − 1)² inputs (Lavin and Gray 2016): size² products
 * a tile and channel pair instead of outputs² · taps². The filter's gradient is the same with filter and output exchanged.
 */

/** Constants, and what a tile takes between the passes of its transform; the same numbers stand in the assembly. */
const TILE_BYTES = 64 + 1280;
/** Of a last panel of fewer than eight columns, for as many tiles as a block has at most. */
const MOST_TILES = 48;
const REST_BYTES = MOST_TILES * 32;
/** Positions would lie a power of two apart and share cache sets, were it not for three cache lines between them. */
const SKEW_BYTES = 192;
/** G, taps, and the products of one dimension. */
const FILTER_BYTES = 192 + 448 + 640;
/** What the transformed tiles of a block may take. */
const BLOCK_BYTES = 786432;
/** Those of a block of the filter's gradient may take more, so that its sums, larger still, pass by seldom. */
const GRADIENT_BLOCK_BYTES = 1310720;

/** Tiles of a block: rows of both micro-kernels divide them. */
function blockTilesOf(size: number, channels: number, bytes: number): number {
  const tiles = Math.floor(bytes / (size * size * 4 * channels) / 12) * 12;
  return Math.max(24, Math.min(bytes === BLOCK_BYTES ? MOST_TILES : 2 * MOST_TILES, tiles));
}

/** Multiply-adds that take as long as transforming a channel of a tile to or from its positions, by tile size. */
const TRANSFORM_COST: Readonly<Record<number, number>> = { 6: 350, 8: 650 };
const FILTER_COST = 6;

interface Tiling {
  readonly size: number;
  readonly outputs: number;
}

function tilesOf(height: number, width: number, { outputs }: Tiling): number {
  return Math.ceil(height / outputs) * Math.ceil(width / outputs);
}

function paddedBytes(s: ConvolutionShape, { size, outputs }: Tiling): number {
  const height = Math.max((Math.ceil(s.outputHeight / outputs) - 1) * outputs + size, s.height + s.padTop);
  const width = Math.max((Math.ceil(s.outputWidth / outputs) - 1) * outputs + size, s.width + s.padLeft);
  return aligned(height * width * s.channels * 4);
}

/** Bytes between the positions of a filter of channels × outputChannels. */
const filterStrideOf = (s: ConvolutionShape): number => s.channels * eights(s.outputChannels) * 4 + SKEW_BYTES;
const strideOf = (blockTiles: number, channels: number): number => blockTiles * eights(channels) * 4 + SKEW_BYTES;

interface FilterView {
  readonly turned: boolean;
  readonly inputStride: number;
  readonly outputStride: number;
}

/** The convolution of shape `s` with the filter at `filter`, whose elements lie as `view` says. */
function runTiles(kernels: TrainingKernels, s: ConvolutionShape, tiling: Tiling, input: number, filter: number, output: number, view: FilterView): void {
  const { size, outputs } = tiling;
  const transformed = kernels.workspace('filter at positions', size * size * filterStrideOf(s));
  kernels.run({
    export: 'winogradFilter',
    args: [
      filter, size, s.filterHeight, s.channels * s.outputChannels * 4, Number(view.turned), s.channels, view.inputStride * 4,
      s.outputChannels, view.outputStride * 4, transformed, filterStrideOf(s),
    ],
    items: s.channels,
    scratchBytes: FILTER_BYTES,
  });
  const blockTiles = blockTilesOf(size, s.channels + s.outputChannels, BLOCK_BYTES);
  const inputStride = strideOf(blockTiles, s.channels);
  const outputStride = strideOf(blockTiles, s.outputChannels);
  kernels.run({
    export: 'winogradForward',
    args: [
      input, s.height, s.width, s.channels, s.padTop, s.padLeft, transformed, filterStrideOf(s), output, s.outputHeight, s.outputWidth, s.outputChannels, size, outputs,
      blockTiles, inputStride, outputStride,
    ],
    items: s.batch * tilesOf(s.outputHeight, s.outputWidth, tiling),
    grain: blockTiles,
    scratchBytes: TILE_BYTES + REST_BYTES + paddedBytes(s, tiling) + size * size * (inputStride + outputStride),
  });
}

/** The convolution over dy that gives the input's gradient: channels exchanged, the filter turned by half a circle. */
function backwards(s: ConvolutionShape): ConvolutionShape {
  return {
    ...s,
    height: s.outputHeight,
    width: s.outputWidth,
    channels: s.outputChannels,
    padTop: s.filterHeight - 1 - s.padTop,
    padLeft: s.filterWidth - 1 - s.padLeft,
    outputHeight: s.height,
    outputWidth: s.width,
    outputChannels: s.channels,
  };
}

function runFilterGradient(kernels: TrainingKernels, s: ConvolutionShape, tiling: Tiling, input: number, dy: number, gradient: number): void {
  const { size, outputs } = tiling;
  const tiles = s.batch * tilesOf(s.outputHeight, s.outputWidth, tiling);
  const blockTiles = Math.min(tiles, blockTilesOf(size, s.channels + s.outputChannels, GRADIENT_BLOCK_BYTES));
  const inputStride = strideOf(blockTiles, s.channels);
  const outputStride = strideOf(blockTiles, s.outputChannels);
  const inputs = kernels.workspace('inputs at positions', size * size * inputStride);
  const gradients = kernels.workspace('gradients at positions', size * size * outputStride);
  const sums = kernels.workspace('filter at positions', size * size * filterStrideOf(s));
  for (let first = 0; first < tiles; first += blockTiles) {
    const count = Math.min(blockTiles, tiles - first);
    kernels.run({
      export: 'winogradGradientTiles',
      args: [
        input, s.height, s.width, s.channels, s.padTop, s.padLeft, dy, s.outputHeight, s.outputWidth, s.outputChannels, size, outputs,
        inputs, inputStride, gradients, outputStride, first,
      ],
      items: count,
      scratchBytes: TILE_BYTES + paddedBytes(s, tiling),
    });
    kernels.run({
      export: 'winogradGradientSums',
      args: [inputs, inputStride, s.channels, gradients, outputStride, s.outputChannels, count, sums, filterStrideOf(s), Number(first > 0)],
      items: size * size,
      scratchBytes: count * 4,
    });
  }
  kernels.run({
    export: 'winogradFilterGradient',
    args: [sums, filterStrideOf(s), size, s.filterHeight, s.channels, s.outputChannels, gradient],
    items: s.channels,
    scratchBytes: FILTER_BYTES,
  });
}

function winograd(name: string, size: number, taps: readonly number[]): ConvolutionKernel {
  const tilingOf = (s: ConvolutionShape): Tiling => ({ size, outputs: size + 1 - s.filterHeight });
  const applies = (s: ConvolutionShape): boolean =>
    s.filterHeight === s.filterWidth && taps.includes(s.filterHeight) && s.strideY === 1 && s.strideX === 1 && s.channels % 4 === 0 && s.outputChannels % 4 === 0;
  const costOf = (s: ConvolutionShape, height: number, width: number): number => {
    const tiles = s.batch * tilesOf(height, width, tilingOf(s));
    const pairs = s.channels * s.outputChannels;
    return size * size * pairs * (tiles + FILTER_COST) + tiles * TRANSFORM_COST[size] * (s.channels + s.outputChannels);
  };
  const overOutput = (s: ConvolutionShape): number => costOf(s, s.outputHeight, s.outputWidth);
  return {
    name,
    plainSums: false,
    forward: {
      applies,
      cost: overOutput,
      run: (kernels, s, input, filter, output) =>
        runTiles(kernels, s, tilingOf(s), input, filter, output, { turned: false, inputStride: s.outputChannels, outputStride: 1 }),
    },
    inputGradient: {
      applies: (s) => applies(s) && s.padTop < s.filterHeight && s.padLeft < s.filterWidth,
      cost: (s) => costOf(s, s.height, s.width),
      run: (kernels, s, dy, filter, dx) =>
        runTiles(kernels, backwards(s), tilingOf(s), dy, filter, dx, { turned: true, inputStride: 1, outputStride: s.outputChannels }),
    },
    filterGradient: { applies, cost: overOutput, run: (kernels, s, input, dy, gradient) => runFilterGradient(kernels, s, tilingOf(s), input, dy, gradient) },
  };
}

/** F(4×4, 3×3) and F(2×2, 5×5). */
export const winogradOfSix = winograd('winograd 6×6', 6, [3, 5]);
/** F(4×4, 5×5). */
export const winogradOfEight = winograd('winograd 8×8', 8, [5]);
