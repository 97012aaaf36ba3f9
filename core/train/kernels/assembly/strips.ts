/*
 * Strips: for few channels, the runs of a patch are only some floats long. A strip is the rows that one row of outputs sees, turned so
 * that pixels of a column lie next to one another, [padded width][filterHeight][channels]: every patch is a single run of it, and
 * patches of neighbouring outputs overlap in it.
 */

/** Bytes that are written behind a strip, and read behind its last patch by a tile. */
export const BEHIND_STRIP_BYTES: i32 = 64;

/** The strip of the padded rows from `from` on. pixelBytes: of one pixel, at most 16. */
export function writeStrip(from: usize, paddedWidth: i32, filterHeight: i32, pixelBytes: usize, to: usize): void {
  const rowBytes = paddedWidth * pixelBytes;
  for (const end = from + rowBytes; from < end; from += pixelBytes) {
    let read = from;
    for (let y = 0; y < filterHeight; y++) {
      // In ascending order, so that what is written beyond a pixel is overwritten by the next.
      v128.store(to, v128.load(read));
      read += rowBytes;
      to += pixelBytes;
    }
  }
}
