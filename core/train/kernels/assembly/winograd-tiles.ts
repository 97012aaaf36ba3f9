import {
  transformGradient2To6, transformGradient4To6, transformGradient4To8, transformInput6, transformInput8, transformSums6To2, transformSums6To4, transformSums8To4,
} from './winograd-transforms';

/** What one tile of four channels takes between the two passes of a transform: 8 × 8 vectors, twice. */
export const TILE_BYTES: i32 = 2048;
const PATCH: usize = 1024;

/** The tile at `pixel` of all channels to its positions, `stride` bytes apart. */
export function inputTile(size: i32, pixel: usize, rowBytes: usize, pixelBytes: usize, to: usize, stride: usize, between: usize): void {
  if (size == 6) {
    for (const end = pixel + pixelBytes; pixel < end; pixel += 16) {
      for (let column: usize = 0; column < 6; column++) transformInput6(pixel + column * pixelBytes, rowBytes, between + (column << 4), 96);
      for (let row: usize = 0; row < 6; row++) transformInput6(between + row * 96, 16, to + row * 6 * stride, stride);
      to += 16;
    }
  } else {
    for (const end = pixel + pixelBytes; pixel < end; pixel += 16) {
      for (let column: usize = 0; column < 8; column++) transformInput8(pixel + column * pixelBytes, rowBytes, between + (column << 4), 128);
      for (let row: usize = 0; row < 8; row++) transformInput8(between + (row << 7), 16, to + (row << 3) * stride, stride);
      to += 16;
    }
  }
}

/** Sums at the positions, `stride` bytes apart, to the first `rows` × `columns` of a tile of `outputs` × `outputs` pixels. */
export function outputTile(
  size: i32, outputs: i32, from: usize, stride: usize, pixel: usize, rowBytes: usize, pixelBytes: usize, rows: i32, columns: i32, between: usize,
): void {
  const patch = between + PATCH;
  const isWhole = rows == outputs && columns == outputs;
  for (const end = pixel + pixelBytes; pixel < end; pixel += 16) {
    const to = isWhole ? pixel : patch, toRow: usize = isWhole ? rowBytes : 64, toColumn: usize = isWhole ? pixelBytes : 16;
    if (size == 8) {
      for (let column: usize = 0; column < 8; column++) transformSums8To4(from + column * stride, stride << 3, between + (column << 4), 128);
      for (let row: usize = 0; row < 4; row++) transformSums8To4(between + (row << 7), 16, to + row * toRow, toColumn);
    } else if (outputs == 4) {
      for (let column: usize = 0; column < 6; column++) transformSums6To4(from + column * stride, 6 * stride, between + (column << 4), 96);
      for (let row: usize = 0; row < 4; row++) transformSums6To4(between + row * 96, 16, to + row * toRow, toColumn);
    } else {
      for (let column: usize = 0; column < 6; column++) transformSums6To2(from + column * stride, 6 * stride, between + (column << 4), 96);
      for (let row: usize = 0; row < 2; row++) transformSums6To2(between + row * 96, 16, to + row * toRow, toColumn);
    }
    if (!isWhole) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) v128.store(pixel + y * rowBytes + x * pixelBytes, v128.load(patch + (y << 6) + (x << 4)));
      }
    }
    from += 16;
  }
}

/** A tile of `rows` × `columns` output gradients, 0 beyond, to its positions. */
export function gradientTile(
  size: i32, outputs: i32, pixel: usize, rowBytes: usize, pixelBytes: usize, rows: i32, columns: i32, to: usize, stride: usize, between: usize,
): void {
  const patch = between + PATCH;
  const isWhole = rows == outputs && columns == outputs;
  if (!isWhole) memory.fill(patch, 0, 256);
  for (const end = pixel + pixelBytes; pixel < end; pixel += 16) {
    if (!isWhole) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) v128.store(patch + (y << 6) + (x << 4), v128.load(pixel + y * rowBytes + x * pixelBytes));
      }
    }
    const from = isWhole ? pixel : patch, fromRow: usize = isWhole ? rowBytes : 64, fromColumn: usize = isWhole ? pixelBytes : 16;
    if (size == 8) {
      for (let column: usize = 0; column < 4; column++) transformGradient4To8(from + column * fromColumn, fromRow, between + (column << 4), 64);
      for (let row: usize = 0; row < 8; row++) transformGradient4To8(between + (row << 6), 16, to + (row << 3) * stride, stride);
    } else if (outputs == 4) {
      for (let column: usize = 0; column < 4; column++) transformGradient4To6(from + column * fromColumn, fromRow, between + (column << 4), 64);
      for (let row: usize = 0; row < 6; row++) transformGradient4To6(between + (row << 6), 16, to + row * 6 * stride, stride);
    } else {
      for (let column: usize = 0; column < 2; column++) transformGradient2To6(from + column * fromColumn, fromRow, between + (column << 4), 32);
      for (let row: usize = 0; row < 6; row++) transformGradient2To6(between + (row << 5), 16, to + row * 6 * stride, stride);
    }
    to += 16;
  }
}
