import type { ConvolutionKernel } from '../convolution/convolution-kernel.ts';
import { aligned, chunksOf, eights, type ConvolutionShape } from '../convolution/shape.ts';
import type { TrainingKernels } from '../training-kernels.ts';

/*
 * Winograd's minimal filtering F(outputs², taps²) on tiles of size² = (outputs + taps − 1)² inputs (Lavin and Gray 2016): size² products
 * a tile and channel pair instead of outputs² · taps². The filter's gradient is the same with filter and output exchanged.
 */

/** What a tile takes between the passes of its transform; the same number stands in the assembly. */
const TILE_BYTES = 2048;
/** Positions would lie a power of two apart and share cache sets, were it not for three cache lines between them. */
const SKEW_BYTES = 192;
/** G and the products of one dimension. */
const FILTER_BYTES = 192 + 5 * 8 * 16 + 64;
/** What the transformed tiles of a block may take: most of a usual second-level cache. */
const BLOCK_BYTES = 393216;

/** Tiles of a block: rows of both micro-kernels divide them. */
function blockTilesOf(size: number, channels: number): number {
  return Math.max(12, Math.min(36, Math.floor(BLOCK_BYTES / (size * size * 4 * channels) / 12) * 12));
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

function scratchOf(s: ConvolutionShape, { size, outputs }: Tiling, blockTiles: number): number {
  const height = Math.max((Math.ceil(s.outputHeight / outputs) - 1) * outputs + size, s.height + s.padTop);
  const width = Math.max((Math.ceil(s.outputWidth / outputs) - 1) * outputs + size, s.width + s.padLeft);
  const positions = size * size * (strideOf(blockTiles, s.channels) + strideOf(blockTiles, s.outputChannels));
  return TILE_BYTES + aligned((blockTiles + 1) * 4) + aligned(height * width * s.channels * 4) + positions;
}

const strideOf = (blockTiles: number, channels: number): number => blockTiles * eights(channels) * 4 + SKEW_BYTES;

interface FilterView {
  readonly turned: boolean;
  readonly inputStride: number;
  readonly outputStride: number;
}

/** The convolution of shape `s` with the filter at `filter`, whose elements lie as `view` says. */
function runTiles(kernels: TrainingKernels, s: ConvolutionShape, tiling: Tiling, input: number, filter: number, output: number, view: FilterView): void {
  const { size, outputs } = tiling;
  const transformed = kernels.workspace('filter at positions', size * size * s.channels * eights(s.outputChannels) * 4);
  kernels.run({
    export: 'winogradFilter',
    args: [
      filter, size, s.filterHeight, s.channels * s.outputChannels * 4, Number(view.turned), s.channels, view.inputStride * 4,
      s.outputChannels, view.outputStride * 4, transformed,
    ],
    items: s.channels,
    scratchBytes: FILTER_BYTES,
  });
  const blockTiles = blockTilesOf(size, s.channels + s.outputChannels);
  kernels.run({
    export: 'winogradForward',
    args: [
      input, s.height, s.width, s.channels, s.padTop, s.padLeft, transformed, output, s.outputHeight, s.outputWidth, s.outputChannels, size, outputs,
      blockTiles, strideOf(blockTiles, s.channels), strideOf(blockTiles, s.outputChannels),
    ],
    items: s.batch * tilesOf(s.outputHeight, s.outputWidth, tiling),
    grain: blockTiles,
    scratchBytes: scratchOf(s, tiling, blockTiles),
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
  const partialBytes = size * size * s.channels * eights(s.outputChannels) * 4;
  const chunks = chunksOf(s.batch, partialBytes);
  const partials = kernels.workspace('partials', chunks * partialBytes);
  const blockTiles = blockTilesOf(size, s.channels + s.outputChannels);
  kernels.run({
    export: 'winogradFilterGradient',
    args: [
      input, s.height, s.width, s.channels, s.padTop, s.padLeft, dy, s.outputHeight, s.outputWidth, s.outputChannels, size, outputs,
      blockTiles, strideOf(blockTiles, s.channels), strideOf(blockTiles, s.outputChannels), s.batch, chunks, partials,
    ],
    items: chunks,
    scratchBytes: scratchOf(s, tiling, blockTiles),
  });
  kernels.run({
    export: 'winogradFilterSums',
    args: [partials, partialBytes, chunks, size, s.filterHeight, s.channels, s.outputChannels, gradient],
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
