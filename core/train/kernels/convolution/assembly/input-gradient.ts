import { aligned, copyFloats, placeImage, writeRowOffsets } from '../../assembly/images';
import { multiplyRowTiles } from '../../assembly/row-tiles';
import { scratchAt } from '../../assembly/scratch';

const BLOCK_PIXELS: i32 = 48;

/**
 * Gradient of a direct convolution by its input, images from..to: dx[y] = Σ dy[(y + padTop − ky) / strideY] · filter[ky] over the ky
 * that divide, and so across. Pixels of one phase, y mod strideY and x mod strideX, see the same taps, so that each phase is a
 * convolution of stride 1 over dy. Panels: those of the phases one after the other, taps from last to first.
 * dy is padded by `top` and `left` to paddedHeight × paddedWidth. Scratch: offsets of pixels and of patch rows, a padded
 * image, the pixels of one phase.
 */
export function convolutionInputGradient(
  dy: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, paddedHeight: i32, paddedWidth: i32, top: i32, left: i32,
  strideY: i32, strideX: i32, padTop: i32, padLeft: i32, filterHeight: i32, filterWidth: i32, panels: usize,
  dx: usize, height: i32, width: i32, channels: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = outputChannels << 2, rowBytes = paddedWidth * pixelBytes;
  const phasePixels = ((height + strideY - 1) / strideY) * ((width + strideX - 1) / strideX);
  const rows = scratchAt(slot), segments = rows + aligned(phasePixels << 2), padded = segments + aligned(filterHeight << 2);
  const paddedBytes = paddedHeight * rowBytes, between = padded + aligned(paddedBytes);
  const isWhole = paddedHeight == outputHeight && paddedWidth == outputWidth;
  if (!isWhole) memory.fill(padded, 0, paddedBytes);
  const gradientBytes = channels << 2, imageBytes = height * width * gradientBytes;
  const strided = strideY > 1 || strideX > 1;
  // A stride beyond the filter leaves pixels that no window sees.
  const hasGaps = strideY > filterHeight || strideX > filterWidth;
  for (let image = from; image < to; image++) {
    let source: usize = dy + image * outputHeight * outputWidth * pixelBytes;
    if (!isWhole) {
      placeImage(source, outputHeight, outputWidth, pixelBytes, padded, paddedWidth, top, left);
      source = padded;
    }
    const target: usize = dx + image * imageBytes;
    if (hasGaps) memory.fill(target, 0, imageBytes);
    let panel = panels;
    for (let phaseY = 0; phaseY < strideY; phaseY++) {
      const tapY = (phaseY + padTop) % strideY;
      const tapsY = tapY < filterHeight ? (filterHeight - tapY + strideY - 1) / strideY : 0;
      const firstY = top + (phaseY + padTop - tapY) / strideY - (tapsY - 1), phaseHeight = (height - phaseY + strideY - 1) / strideY;
      for (let phaseX = 0; phaseX < strideX; phaseX++) {
        const tapX = (phaseX + padLeft) % strideX;
        const tapsX = tapX < filterWidth ? (filterWidth - tapX + strideX - 1) / strideX : 0;
        const firstX = left + (phaseX + padLeft - tapX) / strideX - (tapsX - 1), phaseWidth = (width - phaseX + strideX - 1) / strideX;
        if (phaseHeight <= 0 || phaseWidth <= 0) continue;
        const corner: usize = target + (phaseY * width + phaseX) * gradientBytes;
        const terms = tapsY * tapsX * outputChannels, pixels = phaseHeight * phaseWidth;
        if (terms == 0) continue;
        writeRowOffsets(rows, phaseHeight, phaseWidth, rowBytes, pixelBytes);
        writeRowOffsets(segments, tapsY, 1, rowBytes, 0);
        const patches = source + firstY * rowBytes + firstX * pixelBytes, sums = strided ? between : target;
        for (let pixel = 0; pixel < pixels; pixel += BLOCK_PIXELS) {
          multiplyRowTiles(
            patches, rows + (pixel << 2), min(BLOCK_PIXELS, pixels - pixel), segments, tapsY, tapsX * outputChannels, panel, terms << 5, channels,
            sums + pixel * gradientBytes, gradientBytes, false,
          );
        }
        if (strided) spreadPixels(between, phaseHeight, phaseWidth, gradientBytes, corner, strideY * width * gradientBytes, strideX * gradientBytes);
        panel += (((channels + 7) >> 3) * terms) << 5;
      }
    }
  }
}

/** Pixels of a phase to their places. */
function spreadPixels(from: usize, height: i32, width: i32, pixelBytes: i32, to: usize, rowStride: i32, columnStride: i32): void {
  for (let y = 0; y < height; y++) {
    let write: usize = to + y * rowStride;
    for (let x = 0; x < width; x++) {
      copyFloats(from, write, pixelBytes);
      from += pixelBytes;
      write += columnStride;
    }
  }
}
