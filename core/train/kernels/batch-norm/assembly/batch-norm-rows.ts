// Batch norm and what follows it, row by row; the numbers around it are made in batch-norm.ts.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { ABOVE, BETWEEN, EVERYWHERE, finished, limitsKind, normalised, passed } from '../../assembly/finish';
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

/** Σg and Σg·(x − μ) over chunks from..to, g being dy where low < z < high; stored as batchNormSums does. */
export function batchNormGradientSums(
  x: usize, dy: usize, tables: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize, low: f32, high: f32, from: i32, to: i32,
): void {
  const kind = limitsKind(low, high);
  if (kind == EVERYWHERE) sumRows(EVERYWHERE, x, dy, tables, width, length, chunks, chunkRows, partials, low, high, from, to);
  else if (kind == ABOVE) sumRows(ABOVE, x, dy, tables, width, length, chunks, chunkRows, partials, low, high, from, to);
  else sumRows(BETWEEN, x, dy, tables, width, length, chunks, chunkRows, partials, low, high, from, to);
}

@inline
function sumRows(
  kind: i32, x: usize, dy: usize, gains: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize, low: f32, high: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const rowBytes: usize = width << 2;
  const offsets = gains + rowBytes, means = offsets + rowBytes;
  const rows = length / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 4), products = sums + (width << 3);
    memory.fill(sums, 0, width << 4);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const count = min(ROWS_IN_FLOAT32, end - row);
      let c: usize = 0;
      for (; c + 32 <= rowBytes; c += 32) {
        const gain0 = v128.load(gains + c), offset0 = v128.load(offsets + c), mean0 = v128.load(means + c);
        const gain1 = v128.load(gains + c, 16), offset1 = v128.load(offsets + c, 16), mean1 = v128.load(means + c, 16);
        let s0 = f32x4.splat(0), s1 = s0, p0 = s0, p1 = s0;
        let at = row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const x0 = v128.load(x + at), x1 = v128.load(x + at, 16);
          const g0 = passed(kind, v128.load(dy + at), normalised(x0, gain0, offset0), lows, highs);
          const g1 = passed(kind, v128.load(dy + at, 16), normalised(x1, gain1, offset1), lows, highs);
          s0 = f32x4.add(s0, g0);
          s1 = f32x4.add(s1, g1);
          p0 = multiplyAdd(g0, f32x4.sub(x0, mean0), p0);
          p1 = multiplyAdd(g1, f32x4.sub(x1, mean1), p1);
        }
        addToDoubles(sums + (c << 1), s0);
        addToDoubles(sums + (c << 1) + 32, s1);
        addToDoubles(products + (c << 1), p0);
        addToDoubles(products + (c << 1) + 32, p1);
      }
      if (c < rowBytes) {
        const gain = v128.load(gains + c), offset = v128.load(offsets + c), mean = v128.load(means + c);
        let sum = f32x4.splat(0), product = sum;
        let at = row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const value = v128.load(x + at);
          const g = passed(kind, v128.load(dy + at), normalised(value, gain, offset), lows, highs);
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
        const g = passed(kind, loadFour(dy + at, count), normalised(value, v128.load(gains + c), v128.load(offsets + c)), lows, highs);
        addToDoubles(sums + (c << 1), g);
        addToDoubles(products + (c << 1), f32x4.mul(g, f32x4.sub(value, v128.load(means + c))));
      }
    }
  }
}

/** dx = gain · g + slope · (x − μ) + constant over rows from..to. */
export function batchNormGradientApply(x: usize, dy: usize, dx: usize, tables: usize, width: i32, length: i32, low: f32, high: f32, from: i32, to: i32): void {
  const kind = limitsKind(low, high);
  if (kind == EVERYWHERE) gradientRows(EVERYWHERE, x, dy, dx, tables, width, length, low, high, from, to);
  else if (kind == ABOVE) gradientRows(ABOVE, x, dy, dx, tables, width, length, low, high, from, to);
  else gradientRows(BETWEEN, x, dy, dx, tables, width, length, low, high, from, to);
}

@inline
function gradientRows(kind: i32, x: usize, dy: usize, dx: usize, gains: usize, width: i32, length: i32, low: f32, high: f32, from: i32, to: i32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const rowBytes: usize = width << 2;
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const start = row * rowBytes;
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) {
      const at = start + c;
      v128.store(dx + at, gradientOf(kind, v128.load(x + at), v128.load(dy + at), gains + c, rowBytes, lows, highs));
    }
    if (c < end) {
      const at = start + c;
      const count = <i32>(end - c) >> 2;
      storeFour(dx + at, gradientOf(kind, loadFour(x + at, count), loadFour(dy + at, count), gains + c, rowBytes, lows, highs), count);
    }
  }
}

/** The five tables lie one behind the other: gain, offset, μ, slope, constant. */
@inline
function gradientOf(kind: i32, x: v128, dy: v128, table: usize, rowBytes: usize, low: v128, high: v128): v128 {
  const gain = v128.load(table);
  const offsets = table + rowBytes, means = offsets + rowBytes, slopes = means + rowBytes, constants = slopes + rowBytes;
  const g = passed(kind, dy, normalised(x, gain, v128.load(offsets)), low, high);
  return multiplyAdd(gain, g, multiplyAdd(v128.load(slopes), f32x4.sub(x, v128.load(means)), v128.load(constants)));
}
