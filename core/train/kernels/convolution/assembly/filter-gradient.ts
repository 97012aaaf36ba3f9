import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { FEW_COLUMNS, sumOuterProducts, sumOuterProductsPacked } from '../../assembly/outer-products';
import { scratchAt } from '../../assembly/scratch';

/**
 * Gradient of a direct convolution by its filter: partial sums from..to of `chunks`, each over a fixed run of the images, to
 * partials of [filterHeight][⌈filterWidth · channels / 4⌉ · 4][⌈outputChannels / 8⌉ · 8] floats one after the other. `block`
 * pixels are taken at a time. Scratch: offsets of output pixels, a padded image, block · 32 bytes.
 */
export function convolutionFilterGradient(
  input: usize, height: i32, width: i32, channels: i32, paddedHeight: i32, paddedWidth: i32, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, filterHeight: i32, filterWidth: i32, dy: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32,
  batch: i32, chunks: i32, block: i32, partials: usize, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, rowBytes = paddedWidth * pixelBytes, pixels = outputHeight * outputWidth;
  const run = filterWidth * channels, runHeight = (run + 3) & ~3;
  const columns = (outputChannels + 7) & ~7, outputStride: usize = columns << 2, rightStride: usize = outputChannels << 2;
  const partialBytes = filterHeight * runHeight * (columns << 2);
  const rows = scratchAt(slot), padded = rows + aligned(pixels << 2);
  const paddedBytes = paddedHeight * rowBytes + 64;
  const packed = padded + aligned(paddedBytes);
  writeRowOffsets(rows, outputHeight, outputWidth, strideY * rowBytes, strideX * pixelBytes);
  const isWhole = paddedHeight == height && paddedWidth == width;
  if (!isWhole) memory.fill(padded, 0, paddedBytes);
  for (let chunk = from; chunk < to; chunk++) {
    const partial: usize = partials + chunk * partialBytes;
    const first = (batch * chunk) / chunks, last = (batch * (chunk + 1)) / chunks;
    for (let image = first; image < last; image++) {
      let source: usize = input + image * height * width * pixelBytes;
      if (!isWhole) {
        placeImage(source, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
        source = padded;
      }
      for (let pixel = 0; pixel < pixels; pixel += block) {
        const count = min(block, pixels - pixel), adds = image > first || pixel > 0;
        const right: usize = dy + (image * pixels + pixel) * rightStride, pixelRows = rows + (pixel << 2);
        for (let y = 0; y < filterHeight; y++) {
          const to = partial + y * runHeight * outputStride;
          if (outputChannels <= FEW_COLUMNS) sumOuterProducts(source + y * rowBytes, pixelRows, count, runHeight, right, rightStride, columns, to, outputStride, adds);
          else sumOuterProductsPacked(source + y * rowBytes, pixelRows, count, runHeight, right, rightStride, columns, to, outputStride, adds, packed);
        }
      }
    }
  }
}
