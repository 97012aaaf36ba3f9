// Batch norm with the statistics of the batch over rows of repeated channels; see ../../../operators/batch-norm.ts.
// A row has `width` values, a multiple of four; the last row may be shorter. Tables are one row each.
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { addToDoubles, firstLanes, loadFour } from '../../assembly/lanes';
import { ROWS_IN_FLOAT32 } from '../../assembly/rows';

/**
 * Σ(x − shift) and Σ(x − shift)² over chunks from..to of `chunkRows` rows: two rows of float64 at partials + 2 · chunk · width.
 * The short row belongs to the last chunk.
 */
export function batchNormSums(x: usize, shift: usize, width: i32, length: i32, chunks: i32, chunkRows: i32, partials: usize, from: i32, to: i32): void {
  const rowBytes: usize = width << 2;
  const rows = length / width;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + (chunk * width << 4), squares = sums + (width << 3);
    memory.fill(sums, 0, width << 4);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row += ROWS_IN_FLOAT32) {
      const count = min(ROWS_IN_FLOAT32, end - row);
      let c: usize = 0;
      for (; c + 32 <= rowBytes; c += 32) {
        const low = v128.load(shift + c), high = v128.load(shift + c, 16);
        let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
        let at = x + row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const x0 = f32x4.sub(v128.load(at), low), x1 = f32x4.sub(v128.load(at, 16), high);
          s0 = f32x4.add(s0, x0);
          s1 = f32x4.add(s1, x1);
          q0 = multiplyAdd(x0, x0, q0);
          q1 = multiplyAdd(x1, x1, q1);
        }
        addToDoubles(sums + (c << 1), s0);
        addToDoubles(sums + (c << 1) + 32, s1);
        addToDoubles(squares + (c << 1), q0);
        addToDoubles(squares + (c << 1) + 32, q1);
      }
      if (c < rowBytes) {
        const low = v128.load(shift + c);
        let s0 = f32x4.splat(0), q0 = s0;
        let at = x + row * rowBytes + c;
        for (let i = 0; i < count; i++, at += rowBytes) {
          const x0 = f32x4.sub(v128.load(at), low);
          s0 = f32x4.add(s0, x0);
          q0 = multiplyAdd(x0, x0, q0);
        }
        addToDoubles(sums + (c << 1), s0);
        addToDoubles(squares + (c << 1), q0);
      }
    }
    if (chunk + 1 == chunks) {
      const rest: usize = (length - rows * width) << 2;
      for (let c: usize = 0; c < rest; c += 16) {
        const count = min(4, <i32>(rest - c) >> 2);
        const at = x + rows * rowBytes + c;
        const values = loadFour(at, count);
        const x0 = v128.and(f32x4.sub(values, v128.load(shift + c)), firstLanes(count));
        addToDoubles(sums + (c << 1), x0);
        addToDoubles(squares + (c << 1), f32x4.mul(x0, x0));
      }
    }
  }
}

/** Two sums of one channel over all chunks and all places of a row that it has. */
@inline
function total(partials: usize, second: i32, channel: i32, chunks: i32, channels: i32, width: i32): f64 {
  let sum: f64 = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const row = partials + ((2 * chunk + second) * width << 3);
    for (let place = channel; place < width; place += channels) sum += load<f64>(row + (place << 3));
  }
  return sum;
}

/** Mean and variance (divided by the count) of each channel. */
export function batchNormStatistics(partials: usize, shift: usize, chunks: i32, channels: i32, width: i32, length: i32, mean: usize, variance: usize): void {
  const count = <f64>(length / channels);
  for (let c = 0; c < channels; c++) {
    const moved = total(partials, 0, c, chunks, channels, width) / count;
    const square = total(partials, 1, c, chunks, channels, width) / count;
    store<f32>(mean + (c << 2), <f32>(<f64>load<f32>(shift + (c << 2)) + moved));
    store<f32>(variance + (c << 2), <f32>max<f64>(square - moved * moved, 0));
  }
}

/** Rows of gain = γ ÷ √(σ² + ε), offset = β − μ · gain and μ: three tables one behind the other. */
export function batchNormTables(mean: usize, variance: usize, gamma: usize, beta: usize, epsilon: f64, channels: i32, width: i32, tables: usize): void {
  const offsets = tables + (width << 2), means = offsets + (width << 2);
  for (let place = 0, c = 0; place < width; place++) {
    const at: usize = c << 2;
    const centre = <f64>load<f32>(mean + at);
    const gain = <f64>load<f32>(gamma + at) / sqrt<f64>(<f64>load<f32>(variance + at) + epsilon);
    store<f32>(tables + (place << 2), <f32>gain);
    store<f32>(offsets + (place << 2), <f32>(<f64>load<f32>(beta + at) - centre * gain));
    store<f32>(means + (place << 2), <f32>centre);
    if (++c == channels) c = 0;
  }
}

/**
 * dγ and dβ of each channel from Σg and Σg·(x − μ), and behind the three tables two more, so that
 * dx = gain · g + slope · (x − μ) + constant.
 */
export function batchNormGradients(
  partials: usize, chunks: i32, variance: usize, gamma: usize, epsilon: f64, channels: i32, width: i32, count: i32, dGamma: usize, dBeta: usize, tables: usize,
): void {
  const slopes = tables + (width * 3 << 2), constants = slopes + (width << 2);
  for (let c = 0; c < channels; c++) {
    const at: usize = c << 2;
    const sum = total(partials, 0, c, chunks, channels, width);
    const product = total(partials, 1, c, chunks, channels, width);
    const inverse = 1 / sqrt<f64>(<f64>load<f32>(variance + at) + epsilon);
    const gain = <f64>load<f32>(gamma + at) * inverse;
    store<f32>(dGamma + at, <f32>(product * inverse));
    store<f32>(dBeta + at, <f32>sum);
    const slope = <f32>((-gain * product * inverse * inverse) / <f64>count);
    const constant = <f32>((-gain * sum) / <f64>count);
    for (let place = c; place < width; place += channels) {
      store<f32>(slopes + (place << 2), slope);
      store<f32>(constants + (place << 2), constant);
    }
  }
}
