// PReLU between two shifts, over rows of repeated channels; see ../../../operators/rprelu.ts.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';
import { bytesOfRow, ROWS_IN_FLOAT32 } from '../../assembly/rows';

@inline
function sloped(u: v128, value: v128, slope: v128): v128 {
  return v128.bitselect(value, f32x4.mul(value, slope), f32x4.gt(u, f32x4.splat(0)));
}

/** u = x + before; y = (u > 0 ? u : slope · u) + after, rounded after each operation, over rows from..to. */
export function rprelu(x: usize, y: usize, before: usize, slope: usize, after: usize, width: i32, length: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const end = bytesOfRow(row, width, length);
    const source = x + (row * width << 2), target = y + (row * width << 2);
    for (let c: usize = 0; c < end; c += 16) {
      const count = <i32>(end - c) >> 2;
      const u = f32x4.add(loadFour(source + c, count), v128.load(before + c));
      storeFour(target + c, f32x4.add(sloped(u, u, v128.load(slope + c)), v128.load(after + c)), count);
    }
  }
}

/**
 * dx over chunks from..to of `chunkRows` rows, and three rows of float64 a chunk: Σ dx, Σ dy · u where u ≤ 0, Σ dy, the gradients of
 * before, slope and after.
 */
export function rpreluGradient(
  x: usize, dy: usize, dx: usize, before: usize, slope: usize, width: i32, length: i32, chunkRows: i32, partials: usize, from: i32, to: i32,
): void {
  const rowBytes: usize = width << 2, sumBytes: usize = width << 3;
  const rows = (length + width - 1) / width;
  for (let chunk = from; chunk < to; chunk++) {
    const ofBefore = partials + chunk * 3 * sumBytes, ofSlope = ofBefore + sumBytes, ofAfter = ofSlope + sumBytes;
    memory.fill(ofBefore, 0, 3 * sumBytes);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const last = min(row + ROWS_IN_FLOAT32, end);
      for (let c: usize = 0; c < rowBytes; c += 16) {
        const shift = v128.load(before + c), factor = v128.load(slope + c);
        let moved = f32x4.splat(0), negative = moved, whole = moved;
        let at = row * rowBytes + c;
        for (let i = row; i < last; i++, at += rowBytes) {
          const count = length - ((i * width) + (<i32>c >> 2));
          if (count <= 0) break;
          const u = f32x4.add(loadFour(x + at, count), shift);
          const g = loadFour(dy + at, count);
          const through = sloped(u, g, factor);
          storeFour(dx + at, through, count);
          moved = f32x4.add(moved, through);
          negative = multiplyAdd(g, v128.andnot(u, f32x4.gt(u, f32x4.splat(0))), negative);
          whole = f32x4.add(whole, g);
        }
        addToDoubles(ofBefore + (c << 1), moved);
        addToDoubles(ofSlope + (c << 1), negative);
        addToDoubles(ofAfter + (c << 1), whole);
      }
    }
  }
}
