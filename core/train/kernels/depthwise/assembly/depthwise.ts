// Depthwise convolution with one filter a channel, and its gradients; see ../../../operators/depthwise.ts.
// Rows are those of a batch one behind the other. Filters are [filterHeight, filterWidth, channels].
import { multiplyAdd } from '../../../../kernels/assembly/float32';
import { addToDoubles, loadFour, storeFour } from '../../assembly/lanes';

/** ⌈a ÷ b⌉ and ⌊a ÷ b⌋, and 0 and −1 where a < 0. */
@inline
function ceilingOf(a: i32, b: i32): i32 {
  return a <= 0 ? 0 : (a + b - 1) / b;
}

@inline
function floorOf(a: i32, b: i32): i32 {
  return a < 0 ? -1 : a / b;
}

/** One pixel: Σ source · filter over `rows` by `columns` taps, for all channels. */
@inline
function sumTaps(
  source: usize, sourceRow: usize, sourceColumn: usize, filter: usize, filterRow: usize, filterColumn: usize, rows: i32, columns: i32, pixelBytes: usize, target: usize,
): void {
  let c: usize = 0;
  for (; c + 32 <= pixelBytes; c += 32) {
    let s0 = f32x4.splat(0), s1 = s0;
    let rowAt = source + c, filterRowAt = filter + c;
    for (let row = 0; row < rows; row++, rowAt += sourceRow, filterRowAt += filterRow) {
      let at = rowAt, filterAt = filterRowAt;
      for (let column = 0; column < columns; column++, at += sourceColumn, filterAt += filterColumn) {
        s0 = multiplyAdd(v128.load(at), v128.load(filterAt), s0);
        s1 = multiplyAdd(v128.load(at, 16), v128.load(filterAt, 16), s1);
      }
    }
    v128.store(target + c, s0);
    v128.store(target + c, s1, 16);
  }
  for (; c < pixelBytes; c += 16) {
    const count = <i32>(pixelBytes - c) >> 2;
    let sum = f32x4.splat(0);
    let rowAt = source + c, filterRowAt = filter + c;
    for (let row = 0; row < rows; row++, rowAt += sourceRow, filterRowAt += filterRow) {
      let at = rowAt, filterAt = filterRowAt;
      for (let column = 0; column < columns; column++, at += sourceColumn, filterAt += filterColumn) {
        sum = multiplyAdd(loadFour(at, count), loadFour(filterAt, count), sum);
      }
    }
    storeFour(target + c, sum, count);
  }
}

/** Output rows from..to. */
export function depthwise(
  x: usize, filter: usize, y: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, filterHeight: i32, filterWidth: i32,
  strideY: i32, strideX: i32, padTop: i32, padLeft: i32, dilationY: i32, dilationX: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes, filterRow: usize = filterWidth * pixelBytes;
  let target = y + from * outputWidth * pixelBytes;
  for (let row = from; row < to; row++) {
    const image = row / outputHeight;
    const top = (row - image * outputHeight) * strideY - padTop;
    const ky0 = ceilingOf(-top, dilationY), rows = min(filterHeight - 1, floorOf(height - 1 - top, dilationY)) - ky0 + 1;
    const source = x + (image * height + top + ky0 * dilationY) * rowBytes;
    for (let ox = 0; ox < outputWidth; ox++, target += pixelBytes) {
      const left = ox * strideX - padLeft;
      const kx0 = ceilingOf(-left, dilationX), columns = min(filterWidth - 1, floorOf(width - 1 - left, dilationX)) - kx0 + 1;
      const taps = filter + ky0 * filterRow + kx0 * pixelBytes;
      sumTaps(source + (left + kx0 * dilationX) * pixelBytes, dilationY * rowBytes, dilationX * pixelBytes, taps, filterRow, pixelBytes, rows, columns, pixelBytes, target);
    }
  }
}

/**
 * dx over input rows from..to. Of the taps that saw an input, only every strideth met an output: with `padded` = position + pad
 * they are k = padded mod stride + j · stride at output ⌊padded ÷ stride⌋ − j; a dilation instead of a stride moves the output.
 */
export function depthwiseInputGradient(
  dy: usize, filter: usize, dx: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, filterHeight: i32, filterWidth: i32,
  strideY: i32, strideX: i32, padTop: i32, padLeft: i32, dilationY: i32, dilationX: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, outputRow: usize = outputWidth * pixelBytes, filterRow: usize = filterWidth * pixelBytes;
  let target = dx + from * width * pixelBytes;
  for (let row = from; row < to; row++) {
    const image = row / height;
    const paddedY = row - image * height + padTop;
    const oy = paddedY / strideY, ky = paddedY - oy * strideY;
    const j0 = ceilingOf(oy - outputHeight + 1, dilationY);
    const rows = min(floorOf(filterHeight - 1 - ky, strideY), floorOf(oy, dilationY)) - j0 + 1;
    const source = dy + (image * outputHeight + oy - j0 * dilationY) * outputRow;
    const filterStart = filter + (ky + j0 * strideY) * filterRow;
    for (let x = 0; x < width; x++, target += pixelBytes) {
      const paddedX = x + padLeft;
      const ox = paddedX / strideX, kx = paddedX - ox * strideX;
      const i0 = ceilingOf(ox - outputWidth + 1, dilationX);
      const columns = min(floorOf(filterWidth - 1 - kx, strideX), floorOf(ox, dilationX)) - i0 + 1;
      sumTaps(
        source + (ox - i0 * dilationX) * pixelBytes, -dilationY * outputRow, -dilationX * pixelBytes,
        filterStart + (kx + i0 * strideX) * pixelBytes, strideY * filterRow, strideX * pixelBytes, rows, columns, pixelBytes, target,
      );
    }
  }
}

/** Σ x · dy of one tap along a row of outputs, added to float64; `count` outputs. */
@inline
function sumRow(x: usize, step: usize, dy: usize, pixelBytes: usize, count: i32, sums: usize): void {
  let c: usize = 0;
  for (; c + 32 <= pixelBytes; c += 32) {
    let s0 = f32x4.splat(0), s1 = s0;
    let at = x + c, gradient = dy + c;
    for (let i = 0; i < count; i++, at += step, gradient += pixelBytes) {
      s0 = multiplyAdd(v128.load(at), v128.load(gradient), s0);
      s1 = multiplyAdd(v128.load(at, 16), v128.load(gradient, 16), s1);
    }
    addToDoubles(sums + (c << 1), s0);
    addToDoubles(sums + (c << 1) + 32, s1);
  }
  for (; c < pixelBytes; c += 16) {
    const lanes = <i32>(pixelBytes - c) >> 2;
    let sum = f32x4.splat(0);
    let at = x + c, gradient = dy + c;
    for (let i = 0; i < count; i++, at += step, gradient += pixelBytes) sum = multiplyAdd(loadFour(at, lanes), loadFour(gradient, lanes), sum);
    addToDoubles(sums + (c << 1), sum);
  }
}

/**
 * Filter gradients of chunks from..to of `chunkRows` output rows: float64 [filterHeight, filterWidth, `stride` channels] a chunk,
 * the channels rounded up to four.
 */
export function depthwiseFilterGradient(
  x: usize, dy: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, filterHeight: i32, filterWidth: i32,
  strideY: i32, strideX: i32, padTop: i32, padLeft: i32, dilationY: i32, dilationX: i32, rows: i32, chunkRows: i32, partials: usize, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes;
  const tapBytes: usize = ((channels + 3) & -4) << 3;
  const chunkBytes: usize = filterHeight * filterWidth * tapBytes;
  for (let chunk = from; chunk < to; chunk++) {
    const sums = partials + chunk * chunkBytes;
    memory.fill(sums, 0, chunkBytes);
    const end = min((chunk + 1) * chunkRows, rows);
    for (let row = chunk * chunkRows; row < end; row++) {
      const image = row / outputHeight;
      const top = (row - image * outputHeight) * strideY - padTop;
      const gradient = dy + row * outputWidth * pixelBytes;
      for (let ky = 0; ky < filterHeight; ky++) {
        const y = top + ky * dilationY;
        if (y < 0 || y >= height) continue;
        for (let kx = 0; kx < filterWidth; kx++) {
          const left = kx * dilationX - padLeft;
          const ox0 = ceilingOf(-left, strideX), count = min(outputWidth - 1, floorOf(width - 1 - left, strideX)) - ox0 + 1;
          const source = x + (image * height + y) * rowBytes + (ox0 * strideX + left) * pixelBytes;
          sumRow(source, strideX * pixelBytes, gradient + ox0 * pixelBytes, pixelBytes, count, sums + (ky * filterWidth + kx) * tapBytes);
        }
      }
    }
  }
}

/** The chunks' sums one after the other, as float32 [taps, channels]. */
export function depthwiseFilterSum(partials: usize, chunks: i32, taps: i32, channels: i32, filter: usize): void {
  const width = (channels + 3) & -4;
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < channels; c++) {
      let sum: f64 = 0;
      for (let chunk = 0; chunk < chunks; chunk++) sum += load<f64>(partials + (((chunk * taps + tap) * width + c) << 3));
      store<f32>(filter + ((tap * channels + c) << 2), <f32>sum);
    }
  }
}
