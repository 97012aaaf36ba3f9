import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { multiplyRowTiles } from '../../assembly/row-tiles';
import { scratchAt } from '../../assembly/scratch';

/** Output pixels whose patches stay in the cache while the panels pass by; divisible by the rows of both tiles. */
const BLOCK_PIXELS: i32 = 48;

/**
 * Direct convolution of images from..to, NHWC. Panels: the filter as packPanels lays it out, terms in the order of a patch.
 * Scratch: offsets of output pixels and of patch rows, a padded image.
 */
export function convolutionForward(
  input: usize, height: i32, width: i32, channels: i32, paddedHeight: i32, paddedWidth: i32, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, filterHeight: i32, filterWidth: i32, panels: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, rowBytes = paddedWidth * pixelBytes, pixels = outputHeight * outputWidth;
  const run = filterWidth * channels, terms = run * filterHeight;
  const rows = scratchAt(slot), segments = rows + aligned(pixels << 2), padded = segments + aligned(filterHeight << 2);
  const paddedBytes = paddedHeight * rowBytes;
  writeRowOffsets(rows, outputHeight, outputWidth, strideY * rowBytes, strideX * pixelBytes);
  writeRowOffsets(segments, filterHeight, 1, rowBytes, 0);
  const isWhole = paddedHeight == height && paddedWidth == width;
  if (!isWhole) memory.fill(padded, 0, paddedBytes);
  const outputStride: usize = outputChannels << 2;
  for (let image = from; image < to; image++) {
    let source: usize = input + image * height * width * pixelBytes;
    if (!isWhole) {
      placeImage(source, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
      source = padded;
    }
    const target: usize = output + image * pixels * outputStride;
    for (let pixel = 0; pixel < pixels; pixel += BLOCK_PIXELS) {
      multiplyRowTiles(
        source, rows + (pixel << 2), min(BLOCK_PIXELS, pixels - pixel), segments, filterHeight, run, panels, terms << 5, outputChannels,
        target + pixel * outputStride, outputStride, false,
      );
    }
  }
}
