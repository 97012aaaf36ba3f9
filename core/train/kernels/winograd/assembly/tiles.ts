import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { sumOuterProducts } from '../../assembly/outer-products';
import { scratchAt } from '../../assembly/scratch';
import { multiplyStridedRows, REST_ROWS } from '../../assembly/strided-rows';
import { gradientTile, inputTile, outputTile, TILE_BYTES } from '../../assembly/winograd-tiles';
import { CONSTANTS_BYTES, writeConstants } from '../../assembly/winograd-transforms';

/**
 * Winograd convolution of stride 1 of tiles from..to of the whole batch, `blockTiles`, at most REST_ROWS, at a time through all three stages: to positions,
 * products there, and back. Tiles are size × size inputs and outputs × outputs outputs. filter: see winogradFilter. inputChannels and
 * outputChannels: multiples of 4. Positions are `filterStride`, `inputStride` and `outputStride`
 * bytes apart.
 * Scratch: CONSTANTS_BYTES, TILE_BYTES, REST_ROWS · 32 bytes, a padded image, the positions of both sides.
 */
export function winogradForward(
  input: usize, height: i32, width: i32, channels: i32, padTop: i32, padLeft: i32, filter: usize, filterStride: i32,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, size: i32, outputs: i32,
  blockTiles: i32, inputStride: i32, outputStride: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, outputBytes = outputChannels << 2, columns = (outputChannels + 7) & ~7;
  const down = (outputHeight + outputs - 1) / outputs, across = (outputWidth + outputs - 1) / outputs, tiles = down * across;
  const paddedHeight = max((down - 1) * outputs + size, height + padTop), paddedWidth = max((across - 1) * outputs + size, width + padLeft);
  const positions = size * size, paddedBytes = paddedHeight * paddedWidth * pixelBytes, rowBytes = paddedWidth * pixelBytes;
  const constants = scratchAt(slot), between = constants + CONSTANTS_BYTES, rest = between + TILE_BYTES, padded = rest + (REST_ROWS << 5);
  const inputs = padded + aligned(paddedBytes), sums = inputs + positions * inputStride;
  writeConstants(constants, size);
  memory.fill(padded, 0, paddedBytes);
  let current = -1;
  for (let first = from; first < to; first += blockTiles) {
    const count = min(blockTiles, to - first);
    for (let t = 0; t < count; t++) {
      const image = (first + t) / tiles, tile = first + t - image * tiles, y = tile / across, x = tile - y * across;
      if (image != current) {
        placeImage(input + image * height * width * pixelBytes, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
        current = image;
      }
      inputTile(size, padded + (y * rowBytes + x * pixelBytes) * outputs, rowBytes, pixelBytes, inputs + t * pixelBytes, inputStride, between, constants);
    }
    for (let p = 0; p < positions; p++) {
      multiplyStridedRows(
        inputs + p * inputStride, pixelBytes, count, channels, filter + p * filterStride, channels << 5, columns, sums + p * outputStride,
        columns << 2, false, rest,
      );
    }
    for (let t = 0; t < count; t++) {
      const image = (first + t) / tiles, tile = first + t - image * tiles, y = (tile / across) * outputs, x = (tile % across) * outputs;
      outputTile(
        size, outputs, sums + t * (columns << 2), outputStride, output + ((image * outputHeight + y) * outputWidth + x) * outputBytes,
        outputWidth * outputBytes, outputBytes, min(outputs, outputHeight - y), min(outputs, outputWidth - x), between, constants,
      );
    }
  }
}

/**
 * Inputs and output gradients of tiles `first` + from..to to the positions of both sides, for the filter's gradient; everything else as
 * above, with dy in place of the output. `inputs` and `gradients`: [position][tile − first][channel].
 * Scratch: CONSTANTS_BYTES, TILE_BYTES, a padded image.
 */
export function winogradGradientTiles(
  input: usize, height: i32, width: i32, channels: i32, padTop: i32, padLeft: i32,
  dy: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, size: i32, outputs: i32,
  inputs: usize, inputStride: i32, gradients: usize, outputStride: i32, first: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, outputBytes = outputChannels << 2, columnBytes = ((outputChannels + 7) & ~7) << 2;
  const down = (outputHeight + outputs - 1) / outputs, across = (outputWidth + outputs - 1) / outputs, tiles = down * across;
  const paddedHeight = max((down - 1) * outputs + size, height + padTop), paddedWidth = max((across - 1) * outputs + size, width + padLeft);
  const paddedBytes = paddedHeight * paddedWidth * pixelBytes, rowBytes = paddedWidth * pixelBytes;
  const constants = scratchAt(slot), between = constants + CONSTANTS_BYTES, padded = between + TILE_BYTES;
  writeConstants(constants, size);
  memory.fill(padded, 0, paddedBytes);
  let current = -1;
  for (let t = from; t < to; t++) {
    const image = (first + t) / tiles, tile = first + t - image * tiles, y = (tile / across) * outputs, x = (tile % across) * outputs;
    if (image != current) {
      placeImage(input + image * height * width * pixelBytes, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
      current = image;
    }
    inputTile(size, padded + y * rowBytes + x * pixelBytes, rowBytes, pixelBytes, inputs + t * pixelBytes, inputStride, between, constants);
    gradientTile(
      size, outputs, dy + ((image * outputHeight + y) * outputWidth + x) * outputBytes, outputWidth * outputBytes, outputBytes,
      min(outputs, outputHeight - y), min(outputs, outputWidth - x), gradients + t * columnBytes, outputStride, between, constants,
    );
  }
}

/**
 * The filter's gradient at positions from..to, over `count` tiles: [position][channels][⌈outputChannels / 8⌉ · 8], `sumsStride` bytes from
 * one to the next, or added to what is there where `adds`. Scratch: offsets of the tiles.
 */
export function winogradGradientSums(
  inputs: usize, inputStride: i32, channels: i32, gradients: usize, outputStride: i32, outputChannels: i32, count: i32, sums: usize, sumsStride: i32, adds: i32,
  from: i32, to: i32, slot: usize,
): void {
  const rows = scratchAt(slot), columns = (outputChannels + 7) & ~7;
  writeRowOffsets(rows, count, 1, channels << 2, 0);
  for (let p = from; p < to; p++) {
    sumOuterProducts(
      inputs + p * inputStride, rows, count, channels, gradients + p * outputStride, columns << 2, columns, sums + p * sumsStride, columns << 2, adds != 0,
    );
  }
}
