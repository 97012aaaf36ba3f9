import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { multiplyRowTiles } from '../../assembly/row-tiles';
import { scratchAt } from '../../assembly/scratch';
import { gatherPatches } from '../../assembly/gather';

/** Output pixels whose patches stay in the cache while the panels pass by; divisible by the rows of both tiles. */
const BLOCK_PIXELS: i32 = 48;

/**
 * Direct convolution of images from..to, NHWC. Panels: the filter as packPanels lays it out, terms in the order of a patch. `gathers`:
 * patches are written next to one another first, which pays where a run of a patch is only a few floats.
 * Scratch: offsets of output pixels and of patch rows, a padded image, BLOCK_PIXELS patches.
 */
export function convolutionForward(
  input: usize, height: i32, width: i32, channels: i32, paddedHeight: i32, paddedWidth: i32, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, filterHeight: i32, filterWidth: i32, panels: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, gathers: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, rowBytes = paddedWidth * pixelBytes, pixels = outputHeight * outputWidth;
  const run = filterWidth * channels, terms = run * filterHeight;
  const rows = scratchAt(slot), segments = rows + aligned(pixels << 2), padded = segments + aligned((filterHeight + 1) << 2);
  const paddedBytes = paddedHeight * rowBytes;
  const gathered = padded + aligned(paddedBytes + 64), gatheredRows = gathered + aligned(BLOCK_PIXELS * ((terms + 4) << 2));
  writeRowOffsets(rows, outputHeight, outputWidth, strideY * rowBytes, strideX * pixelBytes);
  writeRowOffsets(segments, filterHeight, 1, rowBytes, 0);
  const patchBytes = ((terms + 3) & ~3) << 2;
  if (gathers) {
    writeRowOffsets(gatheredRows, BLOCK_PIXELS, 1, patchBytes, 0);
    store<u32>(gatheredRows + (BLOCK_PIXELS << 2), 0);
  }
  const isWhole = paddedHeight == height && paddedWidth == width;
  if (!isWhole) memory.fill(padded, 0, paddedBytes + 64);
  const outputStride: usize = outputChannels << 2;
  for (let image = from; image < to; image++) {
    let source: usize = input + image * height * width * pixelBytes;
    if (!isWhole) {
      placeImage(source, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
      source = padded;
    }
    const target: usize = output + image * pixels * outputStride;
    for (let pixel = 0; pixel < pixels; pixel += BLOCK_PIXELS) {
      const count = min(BLOCK_PIXELS, pixels - pixel);
      const sums = target + pixel * outputStride;
      if (gathers) {
        gatherPatches(source, rows + (pixel << 2), count, segments, filterHeight, run << 2, gathered, patchBytes);
        multiplyRowTiles(gathered, gatheredRows, count, gatheredRows + (BLOCK_PIXELS << 2), 1, terms, panels, terms << 5, outputChannels, sums, outputStride, false);
      } else {
        multiplyRowTiles(source, rows + (pixel << 2), count, segments, filterHeight, run, panels, terms << 5, outputChannels, sums, outputStride, false);
      }
    }
  }
}
