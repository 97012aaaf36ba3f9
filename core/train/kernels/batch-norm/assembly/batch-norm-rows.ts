// Batch norm and what follows it, row by row; the numbers around it are made in batch-norm.ts.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { finished, normalised, passed } from '../../assembly/finish';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow, ROWS_IN_FLOAT32 } from '../../assembly/rows';

/** y = finish(gain · x + offset) over rows from..to. Without a grid its scale is 0. */
export function batchNormApply(
  x: usize, y: usize, tables: usize, width: i32, length: i32,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  if (scale > 0) applyRows(true, x, y, tables, width, length, low, high, inverse, scale, lowest, highest, from, to);
  else applyRows(false, x, y, tables, width, length, low, high, inverse, scale, lowest, highest, from, to);
}

@inline
function applyRows(
  gridded: bool, x: usize, y: usize, gains: usize, width: i32, length: i32,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high), inverses = f32x4.splat(inverse), scales = f32x4.splat(scale);
  const first = f32x4.splat(lowest), last = f32x4.splat(highest);
  const offsets = gains + (width << 2);
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) {
      const z = normalised(v128.load(source + c), v128.load(gains + c), v128.load(offsets + c));
      v128.store(target + c, finished(gridded, z, lows, highs, inverses, scales, first, last));
    }
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      const z = normalised(loadFour(source + c, count), v128.load(gains + c), v128.load(offsets + c));
      storeFour(target + c, finished(gridded, z, lows, highs, inverses, scales, first, last), count);
    }
  }
}

/** Σg and Σg·(x − μ) over chunks from..to, g being dy where the finish lets it pass; stored as batchNormSums does. */
export function batchNormGradientSums(
  x: usize, dy: usize, tables: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  if (scale > 0) sumRows(true, x, dy, tables, width, length, chunks, chunkRows, partials, low, high, inverse, lowest, highest, from, to);
  else sumRows(false, x, dy, tables, width, length, chunks, chunkRows, partials, low, high, inverse, lowest, highest, from, to);
}

@inline
function sumRows(
  gridded: bool, x: usize, dy: usize, gains: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize,
  low: f32, high: f32, inverse: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high), inverses = f32x4.splat(inverse), first = f32x4.splat(lowest), last = f32x4.splat(highest);
  const rowBytes: usize = width << 2;
  const offsets = gains + rowBytes, means = offsets + rowBytes;
  const rows = length / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 4), products = sums + (width << 3);
    memory.fill(sums, 0, width << 4);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const count = min(ROWS_IN_FLOAT32, end - row);
      for (let c: usize = 0; c < rowBytes; c += 16) {
        const gain = v128.load(gains + c), offset = v128.load(offsets + c), mean = v128.load(means + c);
        let sum = f32x4.splat(0), product = sum;
        let at = row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const value = v128.load(x + at);
          const g = passed(gridded, v128.load(dy + at), normalised(value, gain, offset), lows, highs, inverses, first, last);
          sum = f32x4.add(sum, g);
          product = multiplyAdd(g, f32x4.sub(value, mean), product);
        }
        addToDoubles(sums + (c << 1), sum);
        addToDoubles(products + (c << 1), product);
      }
    }
    if (chunk + 1 == chunks) {
      const rest: usize = (length - rows * width) << 2;
      for (let c: usize = 0; c < rest; c += 16) {
        const count = min(4, <i32>(rest - c) >> 2);
        const at = rows * rowBytes + c;
        const value = loadFour(x + at, count);
        const gradient = loadFour(dy + at, count);
        const g = passed(gridded, gradient, normalised(value, v128.load(gains + c), v128.load(offsets + c)), lows, highs, inverses, first, last);
        addToDoubles(sums + (c << 1), g);
        addToDoubles(products + (c << 1), f32x4.mul(g, f32x4.sub(value, v128.load(means + c))));
      }
    }
  }
}

/** dx = gain · g + slope · (x − μ) + constant over rows from..to. */
export function batchNormGradientApply(
  x: usize, dy: usize, dx: usize, tables: usize, width: i32, length: i32,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  if (scale > 0) gradientRows(true, x, dy, dx, tables, width, length, low, high, inverse, lowest, highest, from, to);
  else gradientRows(false, x, dy, dx, tables, width, length, low, high, inverse, lowest, highest, from, to);
}

@inline
function gradientRows(
  gridded: bool, x: usize, dy: usize, dx: usize, gains: usize, width: i32, length: i32,
  low: f32, high: f32, inverse: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high), inverses = f32x4.splat(inverse), first = f32x4.splat(lowest), last = f32x4.splat(highest);
  const rowBytes: usize = width << 2;
  const offsets = gains + rowBytes, means = offsets + rowBytes, slopes = means + rowBytes, constants = slopes + rowBytes;
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const start = row * rowBytes;
    for (let c: usize = 0; c < end; c += 16) {
      const at = start + c;
      const count = <i32>(end - c) >> 2;
      const gain = v128.load(gains + c);
      const value = loadFour(x + at, count);
      const gradient = loadFour(dy + at, count);
      const g = passed(gridded, gradient, normalised(value, gain, v128.load(offsets + c)), lows, highs, inverses, first, last);
      const own = multiplyAdd(v128.load(slopes + c), f32x4.sub(value, v128.load(means + c)), v128.load(constants + c));
      storeFour(dx + at, multiplyAdd(gain, g, own), count);
    }
  }
}
