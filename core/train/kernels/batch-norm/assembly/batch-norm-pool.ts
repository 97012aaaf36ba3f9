// Batch norm, an unpadded 2×2 max pool of stride 2 and the finish in one pass; see ../../../operators/batch-norm-pool.ts.
// Channels are a multiple of four and one row of the tables. The largest z of a window, the first one of equals, is finished.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { ABOVE, BETWEEN, EVERYWHERE, finished, limitsKind, normalised, passed } from '../../assembly/finish';
import { addToDoubles } from '../../assembly/lanes';

/** Rows from..to of the output, counted over the batch. */
export function batchNormPool(
  x: usize, y: usize, tables: usize, height: i32, width: i32, channels: i32,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  if (scale > 0) poolRows(true, x, y, tables, height, width, channels, low, high, inverse, scale, lowest, highest, from, to);
  else poolRows(false, x, y, tables, height, width, channels, low, high, inverse, scale, lowest, highest, from, to);
}

/** Address of the first input row of output row `row`. */
@inline
function rowOf(row: i32, height: i32, width: i32, channels: i32): usize {
  const outputHeight = height >> 1;
  const image = row / outputHeight;
  return ((image * height + (row - image * outputHeight) * 2) * width * channels) << 2;
}

@inline
function poolRows(
  gridded: bool, x: usize, y: usize, gains: usize, height: i32, width: i32, channels: i32,
  low: f32, high: f32, inverse: f32, scale: f32, lowest: f32, highest: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high), inverses = f32x4.splat(inverse), scales = f32x4.splat(scale);
  const first = f32x4.splat(lowest), last = f32x4.splat(highest);
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes;
  const offsets = gains + pixelBytes;
  const outputWidth = width >> 1;
  let target = y + from * outputWidth * pixelBytes;
  for (let row = from; row < to; row++) {
    let corner = x + rowOf(row, height, width, channels);
    for (let i = 0; i < outputWidth; i++, corner += pixelBytes << 1, target += pixelBytes) {
      for (let c: usize = 0; c < pixelBytes; c += 16) {
        const gain = v128.load(gains + c), offset = v128.load(offsets + c);
        const upper = corner + c, lower = upper + rowBytes;
        const top = f32x4.pmax(normalised(v128.load(upper), gain, offset), normalised(v128.load(upper + pixelBytes), gain, offset));
        const bottom = f32x4.pmax(normalised(v128.load(lower), gain, offset), normalised(v128.load(lower + pixelBytes), gain, offset));
        v128.store(target + c, finished(gridded, f32x4.pmax(top, bottom), lows, highs, inverses, scales, first, last));
      }
    }
  }
}

/** Σg and Σg·(x − μ) over chunks from..to of `chunkRows` output rows, g at the x that was largest: as batchNormGradientSums. */
export function batchNormPoolGradientSums(
  x: usize, dy: usize, tables: usize, height: i32, width: i32, channels: i32, rows: i32, chunkRows: i32, partials: usize,
  low: f32, high: f32, from: i32, to: i32,
): void {
  const kind = limitsKind(low, high);
  if (kind == EVERYWHERE) sumWindows(EVERYWHERE, x, dy, tables, height, width, channels, rows, chunkRows, partials, low, high, from, to);
  else if (kind == ABOVE) sumWindows(ABOVE, x, dy, tables, height, width, channels, rows, chunkRows, partials, low, high, from, to);
  else sumWindows(BETWEEN, x, dy, tables, height, width, channels, rows, chunkRows, partials, low, high, from, to);
}

@inline
function sumWindows(
  kind: i32, x: usize, dy: usize, gains: usize, height: i32, width: i32, channels: i32, rows: i32, chunkRows: i32, partials: usize,
  low: f32, high: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes;
  const offsets = gains + pixelBytes, means = offsets + pixelBytes;
  const outputWidth = width >> 1;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * channels << 4), products = sums + (channels << 3);
    memory.fill(sums, 0, channels << 4);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row++) {
      const corner = x + rowOf(row, height, width, channels);
      for (let c: usize = 0; c < pixelBytes; c += 16) {
        const gain = v128.load(gains + c), offset = v128.load(offsets + c), mean = v128.load(means + c);
        let sum = f32x4.splat(0), product = sum;
        let upper = corner + c;
        let gradient = dy + row * outputWidth * pixelBytes + c;
        for (let i = 0; i < outputWidth; i++, upper += pixelBytes << 1, gradient += pixelBytes) {
          const lower = upper + rowBytes;
          const x0 = v128.load(upper), x1 = v128.load(upper + pixelBytes), x2 = v128.load(lower), x3 = v128.load(lower + pixelBytes);
          const z0 = normalised(x0, gain, offset), z1 = normalised(x1, gain, offset), z2 = normalised(x2, gain, offset), z3 = normalised(x3, gain, offset);
          const right = f32x4.gt(z1, z0), rightBelow = f32x4.gt(z3, z2);
          const top = v128.bitselect(z1, z0, right), bottom = v128.bitselect(z3, z2, rightBelow);
          const below = f32x4.gt(bottom, top);
          const best = v128.bitselect(bottom, top, below);
          const value = v128.bitselect(v128.bitselect(x3, x2, rightBelow), v128.bitselect(x1, x0, right), below);
          const g = passed(kind, v128.load(gradient), best, lows, highs);
          sum = f32x4.add(sum, g);
          product = multiplyAdd(g, f32x4.sub(value, mean), product);
        }
        addToDoubles(sums + (c << 1), sum);
        addToDoubles(products + (c << 1), product);
      }
    }
  }
}

/** dx over pairs of input rows from..to, ⌈height ÷ 2⌉ an image: values that no window saw still moved the statistics. */
export function batchNormPoolGradientApply(
  x: usize, dy: usize, dx: usize, tables: usize, height: i32, width: i32, channels: i32,
  low: f32, high: f32, from: i32, to: i32,
): void {
  const kind = limitsKind(low, high);
  if (kind == EVERYWHERE) gradientWindows(EVERYWHERE, x, dy, dx, tables, height, width, channels, low, high, from, to);
  else if (kind == ABOVE) gradientWindows(ABOVE, x, dy, dx, tables, height, width, channels, low, high, from, to);
  else gradientWindows(BETWEEN, x, dy, dx, tables, height, width, channels, low, high, from, to);
}

@inline
function gradientWindows(
  kind: i32, x: usize, dy: usize, dx: usize, gains: usize, height: i32, width: i32, channels: i32,
  low: f32, high: f32, from: i32, to: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes;
  const offsets = gains + pixelBytes, means = offsets + pixelBytes, slopes = means + pixelBytes, constants = slopes + pixelBytes;
  const outputHeight = height >> 1, outputWidth = width >> 1;
  const pairs = (height + 1) >> 1;
  const seenBytes: usize = outputWidth * pixelBytes << 1;
  for (let pair = from; pair < to; pair++) {
    const image = pair / pairs, row = pair - image * pairs;
    const start = (image * height + row * 2) * rowBytes;
    if (row == outputHeight) {
      unseen(x + start, dx + start, rowBytes, slopes, means, constants, pixelBytes);
      continue;
    }
    let gradient = dy + (image * outputHeight + row) * outputWidth * pixelBytes;
    for (let at = start; at < start + seenBytes; at += pixelBytes << 1, gradient += pixelBytes) {
      for (let c: usize = 0; c < pixelBytes; c += 16) {
        const gain = v128.load(gains + c), offset = v128.load(offsets + c), mean = v128.load(means + c);
        const slope = v128.load(slopes + c), constant = v128.load(constants + c);
        const upper = at + c, lower = upper + rowBytes;
        const x0 = v128.load(x + upper), x1 = v128.load(x + upper + pixelBytes), x2 = v128.load(x + lower), x3 = v128.load(x + lower + pixelBytes);
        const z0 = normalised(x0, gain, offset), z1 = normalised(x1, gain, offset), z2 = normalised(x2, gain, offset), z3 = normalised(x3, gain, offset);
        const right = f32x4.gt(z1, z0), rightBelow = f32x4.gt(z3, z2);
        const top = v128.bitselect(z1, z0, right), bottom = v128.bitselect(z3, z2, rightBelow);
        const below = f32x4.gt(bottom, top);
        const best = v128.bitselect(bottom, top, below);
        const g = f32x4.mul(gain, passed(kind, v128.load(gradient + c), best, lows, highs));
        const above = v128.andnot(g, below), beneath = v128.and(g, below);
        v128.store(dx + upper, f32x4.add(v128.andnot(above, right), ownOf(x0, slope, mean, constant)));
        v128.store(dx + upper + pixelBytes, f32x4.add(v128.and(above, right), ownOf(x1, slope, mean, constant)));
        v128.store(dx + lower, f32x4.add(v128.andnot(beneath, rightBelow), ownOf(x2, slope, mean, constant)));
        v128.store(dx + lower + pixelBytes, f32x4.add(v128.and(beneath, rightBelow), ownOf(x3, slope, mean, constant)));
      }
    }
    if (seenBytes < rowBytes) {
      const rest = start + seenBytes;
      unseen(x + rest, dx + rest, rowBytes - seenBytes, slopes, means, constants, pixelBytes);
      unseen(x + rest + rowBytes, dx + rest + rowBytes, rowBytes - seenBytes, slopes, means, constants, pixelBytes);
    }
  }
}

/** What x alone adds to its gradient, through the statistics. */
@inline
function ownOf(x: v128, slope: v128, mean: v128, constant: v128): v128 {
  return multiplyAdd(slope, f32x4.sub(x, mean), constant);
}

function unseen(x: usize, dx: usize, bytes: usize, slopes: usize, means: usize, constants: usize, pixelBytes: usize): void {
  for (let at: usize = 0; at < bytes; at += pixelBytes) {
    for (let c: usize = 0; c < pixelBytes; c += 16) {
      v128.store(dx + at + c, ownOf(v128.load(x + at + c), v128.load(slopes + c), v128.load(means + c), v128.load(constants + c)));
    }
  }
}
