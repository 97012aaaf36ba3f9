import { checkLayer } from '../check-layer.ts';
import { copyRows } from '../copy-rows.ts';
import { limitsOf } from '../finish-record.ts';
import type { LayerGeometry, LayerKernel, Work } from '../kernel.ts';
import { place } from '../memory.ts';
import { POSITIONS, transformWeights } from './transform-weights.ts';

/** Output pixels of a tile in each direction. */
const TILE = 4;
/** Bytes of one tile of four channels between the two passes of a transform. */
const TILE_BYTES = 576;
/** Positions would lie a power of two apart and share cache sets, were it not for three cache lines between them. */
const SKEW_BYTES = 192;
/** What the transformed tiles of a block may take: half of a usual second-level cache. */
const BLOCK_BYTES = 2 ** 19;
/** With fewer, threads share the stages instead of the blocks. */
const MANY_BLOCKS = 4;

/*
 * Costs in multiply-adds, as measured against the direct kernel: transforming one channel of a tile to or from its positions,
 * and, in tiles, bringing in weights that do not stay in the cache.
 */
const INPUT_COST = 300;
const OUTPUT_COST = 600;
const LARGE_WEIGHTS_COST = 3;
const LARGE_WEIGHTS_BYTES = 2 ** 20;

function isFasterThanDirect(g: LayerGeometry): boolean {
  const tiles = Math.ceil(g.outputHeight / TILE) * Math.ceil(g.outputWidth / TILE);
  const weights = POSITIONS * g.inputChannels * g.outputChannels;
  const passes = tiles + (weights * 4 > LARGE_WEIGHTS_BYTES ? LARGE_WEIGHTS_COST : 0);
  const transforms = tiles * (g.inputChannels * INPUT_COST + g.outputChannels * OUTPUT_COST);
  const direct = 9 * g.inputChannels * g.outputChannels * g.outputHeight * g.outputWidth;
  return weights * passes + transforms < direct;
}

/** Tiles of a block: even, because odd rows of a product cost more. */
function blockTilesOf(g: LayerGeometry, tiles: number): number {
  const fitting = Math.floor(BLOCK_BYTES / (POSITIONS * 4 * (g.inputChannels + g.outputChannels)));
  const atMost = Math.min(48, Math.max(12, fitting));
  const blocks = Math.ceil(tiles / atMost);
  return Math.ceil(tiles / blocks / 2) * 2;
}

export const float32WinogradSimd: LayerKernel = {
  id: 'float32-winograd-simd',
  arithmetic: 'float32',
  variant: 'wasm',
  fuses: true,
  supports: (g) =>
    g.op === 'conv2d' && g.kernelHeight === 3 && g.kernelWidth === 3 && g.strideY === 1 && g.strideX === 1 &&
    g.dilationY === 1 && g.dilationX === 1 && g.inputChannels % 4 === 0 && isFasterThanDirect(g),
  prepare({ geometry: g, parameters, finish, input, output }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const { low, high } = limitsOf(finish);
    const tilesAcross = Math.ceil(g.outputWidth / TILE);
    const tilesDown = Math.ceil(g.outputHeight / TILE);
    const tiles = tilesAcross * tilesDown;
    const blockTiles = blockTilesOf(g, tiles);
    const blocks = Math.ceil(tiles / blockTiles);
    const blockChannels = Math.ceil(g.outputChannels / 8) * 8;
    const pixelBytes = g.inputChannels * 4;
    const rowBytes = Math.max(tilesAcross * TILE + 2, g.padLeft + g.inputWidth) * pixelBytes;
    const height = Math.max(tilesDown * TILE + 2, g.padTop + g.inputHeight);

    const paddedBias = new Float32Array(blockChannels);
    paddedBias.set(bias);
    const biases = place(memory, paddedBias);
    const weights = place(memory, transformWeights(kernel, g.inputChannels, g.outputChannels));
    const zeros = memory.allocate(blockChannels * 4);
    const image = memory.allocate(height * rowBytes);
    const copy: Work = copyRows(input, image + g.padTop * rowBytes + g.padLeft * pixelBytes, g.inputHeight, g.inputWidth * pixelBytes, rowBytes);

    const many = blocks >= MANY_BLOCKS;
    const together = many ? blockTiles : tiles;
    const tileOffsets = place(memory, Int32Array.from({ length: together }, (_, tile) => tile * pixelBytes));
    const inputStride = together * pixelBytes + SKEW_BYTES;
    const outputStride = together * blockChannels * 4 + SKEW_BYTES;
    const description = 'float32 conv, Winograd 4×4, wasm simd';
    const tile = { inputChannels: 4, outputChannels: 8 };
    const finished = [output, g.outputHeight, g.outputWidth, g.outputChannels, low, high] as const;
    if (many) {
      const scratchBytes = TILE_BYTES + POSITIONS * (inputStride + outputStride);
      const scratch = memory.allocate(blocks * scratchBytes);
      const args = [
        image, rowBytes, g.inputChannels, tilesAcross, tiles, blockTiles, weights, zeros, biases, tileOffsets,
        inputStride, outputStride, ...finished, scratch, scratchBytes,
      ];
      return { description, tile, work: [copy, { export: 'float32WinogradBlocks', args, items: blocks }] };
    }
    const transformed = memory.allocate(POSITIONS * inputStride);
    const products = memory.allocate(POSITIONS * outputStride);
    const scratch = memory.allocate(tiles * TILE_BYTES);
    return {
      description,
      tile,
      work: [
        copy,
        { export: 'float32WinogradInput', args: [image, rowBytes, g.inputChannels, tilesAcross, transformed, inputStride, scratch], items: tiles },
        {
          export: 'float32WinogradProducts',
          args: [transformed, inputStride, tileOffsets, g.inputChannels, weights, zeros, products, outputStride, blockChannels, tiles],
          items: POSITIONS,
        },
        { export: 'float32WinogradOutput', args: [products, outputStride, blockChannels, tilesAcross, biases, ...finished, scratch], items: tiles },
      ],
    };
  },
};
