// PReLU between two shifts, over rows of repeated channels; see ../../../operators/rprelu.ts.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow, ROWS_IN_FLOAT32 } from '../../assembly/rows';
import { scratchAt } from '../../assembly/scratch';

@inline
function sloped(u: v128, value: v128, slope: v128): v128 {
  return v128.bitselect(value, f32x4.mul(value, slope), f32x4.gt(u, f32x4.splat(0)));
}

/** u = x + before; y = (u > 0 ? u : slope · u) + after, rounded after each operation, over rows from..to. */
export function rprelu(x: usize, y: usize, before: usize, slope: usize, after: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    let c: usize = 0;
    for (; c + 16 <= end; c += 16) {
      const u = f32x4.add(v128.load(source + c), v128.load(before + c));
      v128.store(target + c, f32x4.add(sloped(u, u, v128.load(slope + c)), v128.load(after + c)));
    }
    if (c < end) {
      const count = <i32>(end - c) >> 2;
      const u = f32x4.add(loadFour(source + c, count), v128.load(before + c));
      storeFour(target + c, f32x4.add(sloped(u, u, v128.load(slope + c)), v128.load(after + c)), count);
    }
  }
}

/**
 * dx over chunks from..to of `chunkRows` rows, and three rows of float64 a chunk: Σ dx, Σ dy · u where u ≤ 0, Σ dy, the gradients of
 * before, slope and after. The short row belongs to the last chunk.
 */
export function rpreluGradient(
  x: usize, dy: usize, dx: usize, before: usize, slope: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize, from: i32, to: i32,
  slot: usize,
): void {
  const scratch = scratchAt(slot);
  const rowBytes: usize = width << 2, sumBytes: usize = width << 3;
  const rows = length / width;
  const negative = scratch + rowBytes, whole = negative + rowBytes;
  const zero = f32x4.splat(0);
  for (let chunk = from; chunk < to; chunk++) {
    const ofBefore = partials + chunk * 3 * sumBytes, ofSlope = ofBefore + sumBytes, ofAfter = ofSlope + sumBytes;
    memory.fill(ofBefore, 0, 3 * sumBytes);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const last = min(row + ROWS_IN_FLOAT32, end);
      memory.fill(scratch, 0, 3 * rowBytes);
      for (let at = row * rowBytes; at < last * rowBytes; at += rowBytes) {
        for (let c: usize = 0; c < rowBytes; c += 16) {
          const u = f32x4.add(v128.load(x + at + c), v128.load(before + c));
          const g = v128.load(dy + at + c);
          const through = sloped(u, g, v128.load(slope + c));
          v128.store(dx + at + c, through);
          v128.store(scratch + c, f32x4.add(v128.load(scratch + c), through));
          v128.store(negative + c, multiplyAdd(g, f32x4.pmin(u, zero), v128.load(negative + c)));
          v128.store(whole + c, f32x4.add(v128.load(whole + c), g));
        }
      }
      // Three rows in float32, and in float64: they lie alike.
      for (let c: usize = 0; c < 3 * rowBytes; c += 16) addToDoubles(ofBefore + (c << 1), v128.load(scratch + c));
    }
    if (chunk + 1 == chunks) {
      const rest: usize = (length - rows * width) << 2;
      for (let c: usize = 0; c < rest; c += 16) {
        const at = rows * rowBytes + c;
        const count = <i32>(rest - c) >> 2;
        const u = f32x4.add(loadFour(x + at, count), v128.load(before + c));
        const g = loadFour(dy + at, count);
        const through = sloped(u, g, v128.load(slope + c));
        storeFour(dx + at, through, count);
        addToDoubles(ofBefore + (c << 1), through);
        addToDoubles(ofSlope + (c << 1), f32x4.mul(g, f32x4.pmin(u, zero)));
        addToDoubles(ofAfter + (c << 1), g);
      }
    }
  }
}
