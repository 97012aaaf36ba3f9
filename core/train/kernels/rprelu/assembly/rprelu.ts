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
): void {
  const rowBytes: usize = width << 2, sumBytes: usize = width << 3;
  const rows = length / width;
  const zero = f32x4.splat(0);
  for (let chunk = from; chunk < to; chunk++) {
    const ofBefore = partials + chunk * 3 * sumBytes, ofSlope = ofBefore + sumBytes, ofAfter = ofSlope + sumBytes;
    memory.fill(ofBefore, 0, 3 * sumBytes);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const count = min(ROWS_IN_FLOAT32, end - row);
      for (let c: usize = 0; c < rowBytes; c += 32) {
        const before0 = v128.load(before + c), before1 = v128.load(before + c, 16), slope0 = v128.load(slope + c), slope1 = v128.load(slope + c, 16);
        let moved0 = zero, moved1 = zero, negative0 = zero, negative1 = zero, whole0 = zero, whole1 = zero;
        let at = row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const u0 = f32x4.add(v128.load(x + at), before0), u1 = f32x4.add(v128.load(x + at, 16), before1);
          const g0 = v128.load(dy + at), g1 = v128.load(dy + at, 16);
          const through0 = sloped(u0, g0, slope0), through1 = sloped(u1, g1, slope1);
          v128.store(dx + at, through0);
          v128.store(dx + at, through1, 16);
          moved0 = f32x4.add(moved0, through0);
          moved1 = f32x4.add(moved1, through1);
          negative0 = multiplyAdd(g0, f32x4.pmin(u0, zero), negative0);
          negative1 = multiplyAdd(g1, f32x4.pmin(u1, zero), negative1);
          whole0 = f32x4.add(whole0, g0);
          whole1 = f32x4.add(whole1, g1);
        }
        const place = c << 1;
        addToDoubles(ofBefore + place, moved0);
        addToDoubles(ofBefore + place + 32, moved1);
        addToDoubles(ofSlope + place, negative0);
        addToDoubles(ofSlope + place + 32, negative1);
        addToDoubles(ofAfter + place, whole0);
        addToDoubles(ofAfter + place + 32, whole1);
      }
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
