import { aligned, placeImage, writeRowOffsets } from '../../assembly/images';
import { sumOuterProducts } from '../../assembly/outer-products';
import { scratchAt } from '../../assembly/scratch';
import { multiplyStridedRows, REST_ROWS } from '../../assembly/strided-rows';
import { BEHIND_STRIP_BYTES, writeStrip } from '../../assembly/strips';

/**
 * Convolution of images from..to, NHWC, by strips; at most four channels. Panels: the filter as packPanels lays it out, terms in the order of a strip,
 * [filterWidth][filterHeight][channels]. Scratch: REST_ROWS · 32 bytes, a padded
 * image, a strip, BEHIND_STRIP_BYTES.
 */
export function convolutionStripsForward(
  input: usize, height: i32, width: i32, channels: i32, paddedHeight: i32, paddedWidth: i32, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, filterHeight: i32, filterWidth: i32, panels: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, rowBytes = paddedWidth * pixelBytes, paddedBytes = paddedHeight * rowBytes + 16;
  const terms = filterHeight * filterWidth * channels, step = strideX * filterHeight * pixelBytes;
  const rest = scratchAt(slot), padded = rest + (REST_ROWS << 5), strip = padded + aligned(paddedBytes);
  const isWhole = paddedHeight == height && paddedWidth == width;
  if (!isWhole) memory.fill(padded, 0, paddedBytes);
  const outputStride: usize = outputChannels << 2;
  for (let image = from; image < to; image++) {
    let source: usize = input + image * height * width * pixelBytes;
    if (!isWhole) {
      placeImage(source, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
      source = padded;
    }
    for (let y = 0; y < outputHeight; y++) {
      writeStrip(source + y * strideY * rowBytes, paddedWidth, filterHeight, pixelBytes, strip);
      const target: usize = output + (image * outputHeight + y) * outputWidth * outputStride;
      for (let x = 0; x < outputWidth; x += REST_ROWS) {
        multiplyStridedRows(
          strip + x * step, step, min(REST_ROWS, outputWidth - x), terms, panels, terms << 5, outputChannels, target + x * outputStride, outputStride,
          false, rest,
        );
      }
    }
  }
}

/**
 * The filter's gradient by strips, of at most four channels: partial sums from..to of `chunks`, each over a fixed run of the images, to partials of
 * [⌈terms / 4⌉ · 4][⌈outputChannels / 8⌉ · 8] floats one after the other, terms in the order of a strip. `blockRows` rows of outputs
 * are taken at a time. Scratch: offsets of their pixels, a padded image, as many strips,
 * BEHIND_STRIP_BYTES.
 */
export function convolutionStripsGradient(
  input: usize, height: i32, width: i32, channels: i32, paddedHeight: i32, paddedWidth: i32, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, filterHeight: i32, filterWidth: i32, dy: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32,
  batch: i32, chunks: i32, blockRows: i32, partials: usize, from: i32, to: i32, slot: usize,
): void {
  const pixelBytes = channels << 2, rowBytes = paddedWidth * pixelBytes, paddedBytes = paddedHeight * rowBytes + 16;
  const termsHeight = (filterHeight * filterWidth * channels + 3) & ~3, stripBytes = filterHeight * rowBytes;
  const columns = (outputChannels + 7) & ~7, outputStride: usize = columns << 2, rightStride: usize = outputChannels << 2;
  const partialBytes = termsHeight * (columns << 2);
  const rows = scratchAt(slot), padded = rows + aligned((blockRows * outputWidth) << 2), strips = padded + aligned(paddedBytes);
  writeRowOffsets(rows, blockRows, outputWidth, stripBytes, strideX * filterHeight * pixelBytes);
  const isWhole = paddedHeight == height && paddedWidth == width;
  if (!isWhole) memory.fill(padded, 0, paddedBytes);
  memory.fill(strips + blockRows * stripBytes, 0, BEHIND_STRIP_BYTES);
  for (let chunk = from; chunk < to; chunk++) {
    const first = (batch * chunk) / chunks, last = (batch * (chunk + 1)) / chunks;
    for (let image = first; image < last; image++) {
      let source: usize = input + image * height * width * pixelBytes;
      if (!isWhole) {
        placeImage(source, height, width, pixelBytes, padded, paddedWidth, padTop, padLeft);
        source = padded;
      }
      for (let y = 0; y < outputHeight; y += blockRows) {
        const count = min(blockRows, outputHeight - y);
        for (let row = 0; row < count; row++) writeStrip(source + (y + row) * strideY * rowBytes, paddedWidth, filterHeight, pixelBytes, strips + row * stripBytes);
        sumOuterProducts(
          strips, rows, count * outputWidth, termsHeight, dy + (image * outputHeight + y) * outputWidth * rightStride, rightStride, columns,
          partials + chunk * partialBytes, outputStride, image > first || y > 0,
        );
      }
    }
  }
}
