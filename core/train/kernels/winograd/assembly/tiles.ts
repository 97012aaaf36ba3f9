import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { sumOuterProducts } from '../../assembly/outer-products';
import { multiplyRowTiles } from '../../assembly/row-tiles';
import { scratchAt } from '../../assembly/scratch';
import { gradientTile, inputTile, outputTile, TILE_BYTES } from '../../assembly/winograd-tiles';

/**
 * Winograd convolution of stride 1 of tiles from..to of the whole batch, `blockTiles` at a time through all three stages: to positions,
 * products there, and back. Tiles are size × size inputs and outputs × outputs outputs. filter: see winogradFilter. inputChannels and
 * outputChannels: multiples of 4. Positions are `inputStride` and `outputStride` bytes apart.
 * Scratch: TILE_BYTES, offsets of a block's tiles, a padded image, the positions of both sides.
 */
export function winogradForward(
  input: usize, height: i32, width: i32, channels: i32, padTop: i32, padLeft: i32, filter: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, size: i32, outputs: i32,
  blockTiles: i32, inputStride: i32, outputStride: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, outputBytes = outputChannels << 2, columns = (outputChannels + 7) & ~7;
  const down = (outputHeight + outputs - 1) / outputs, across = (outputWidth + outputs - 1) / outputs, tiles = down * across;
  const paddedHeight = max((down - 1) * outputs + size, height + padTop), paddedWidth = max((across - 1) * outputs + size, width + padLeft);
  const positions = size * size, paddedBytes = paddedHeight * paddedWidth * pixelBytes, rowBytes = paddedWidth * pixelBytes;
  const between = scratchAt(slot), rows = between + TILE_BYTES, segment = rows + (blockTiles << 2), padded = rows + aligned((blockTiles + 1) << 2);
  const inputs = padded + aligned(paddedBytes), sums = inputs + positions * inputStride;
  writeRowOffsets(rows, blockTiles, 1, pixelBytes, 0);
  store<u32>(segment, 0);
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
      inputTile(size, padded + (y * rowBytes + x * pixelBytes) * outputs, rowBytes, pixelBytes, inputs + t * pixelBytes, inputStride, between);
    }
    for (let p = 0; p < positions; p++) {
      multiplyRowTiles(
        inputs + p * inputStride, rows, count, segment, 1, channels, filter + ((p * channels * columns) << 2), channels << 5, columns,
        sums + p * outputStride, columns << 2, false,
      );
    }
    for (let t = 0; t < count; t++) {
      const image = (first + t) / tiles, tile = first + t - image * tiles, y = (tile / across) * outputs, x = (tile % across) * outputs;
      outputTile(
        size, outputs, sums + t * (columns << 2), outputStride, output + ((image * outputHeight + y) * outputWidth + x) * outputBytes,
        outputWidth * outputBytes, outputBytes, min(outputs, outputHeight - y), min(outputs, outputWidth - x), between,
      );
    }
  }
}

/**
 * The filter's gradient at the positions: partial sums from..to of `chunks`, each over a fixed run of the batch's tiles, to partials of
 * [position][channels][⌈outputChannels / 8⌉ · 8] floats one after the other. Everything else as above, with dy in place of the output.
 */
export function winogradFilterGradient(
  input: usize, height: i32, width: i32, channels: i32, padTop: i32, padLeft: i32,
  dy: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, size: i32, outputs: i32,
  blockTiles: i32, inputStride: i32, outputStride: i32, batch: i32, chunks: i32, partials: usize, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, outputBytes = outputChannels << 2, columns = (outputChannels + 7) & ~7;
  const down = (outputHeight + outputs - 1) / outputs, across = (outputWidth + outputs - 1) / outputs, tiles = down * across;
  const paddedHeight = max((down - 1) * outputs + size, height + padTop), paddedWidth = max((across - 1) * outputs + size, width + padLeft);
  const positions = size * size, paddedBytes = paddedHeight * paddedWidth * pixelBytes, rowBytes = paddedWidth * pixelBytes;
  const between = scratchAt(slot), rows = between + TILE_BYTES, padded = rows + aligned((blockTiles + 1) << 2);
  const inputs = padded + aligned(paddedBytes), gradients = inputs + positions * inputStride;
  const positionBytes = (channels * columns) << 2;
  writeRowOffsets(rows, blockTiles, 1, pixelBytes, 0);
  memory.fill(padded, 0, paddedBytes);
  let current = -1;
  for (let chunk = from; chunk < to; chunk++) {
    const begin = (batch * tiles * chunk) / chunks, end = (batch * tiles * (chunk + 1)) / chunks;
    const partial: usize = partials + chunk * positions * positionBytes;
    for (let first = begin; first < end; first += blockTiles) {
      const count = min(blockTiles, end - first);
      for (let t = 0; t < count; t++) {
        const image = (first + t) / tiles, tile = first + t - image * tiles, y = (tile / across) * outputs, x = (tile % across) * outputs;
        if (image != current) {
          placeImage(input + image * height * width * pixelBytes, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
          current = image;
        }
        inputTile(size, padded + y * rowBytes + x * pixelBytes, rowBytes, pixelBytes, inputs + t * pixelBytes, inputStride, between);
        gradientTile(
          size, outputs, dy + ((image * outputHeight + y) * outputWidth + x) * outputBytes, outputWidth * outputBytes, outputBytes,
          min(outputs, outputHeight - y), min(outputs, outputWidth - x), gradients + t * (columns << 2), outputStride, between,
        );
      }
      for (let p = 0; p < positions; p++) {
        sumOuterProducts(
          inputs + p * inputStride, rows, count, channels, gradients + p * outputStride, columns << 2, columns, partial + p * positionBytes,
          columns << 2, first > begin,
        );
      }
    }
  }
}
