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

/**
 * The same of 3×3 taps for `count` pixels, `step` bytes apart in the source: the filters of four channels stay in registers. Three
 * chains of three sums, since one of nine would wait for each.
 */
function sumNineTaps(
  source: usize, sourceRow: usize, sourceColumn: usize, step: usize, filter: usize, filterRow: usize, filterColumn: usize, pixelBytes: usize, count: i32, target: usize,
): void {
  for (let c: usize = 0; c < pixelBytes; c += 16) {
    const lanes = <i32>(pixelBytes - c) >> 2;
    const first = filter + c, second = first + filterRow, third = second + filterRow;
    const f0 = loadFour(first, lanes), f1 = loadFour(first + filterColumn, lanes), f2 = loadFour(first + 2 * filterColumn, lanes);
    const f3 = loadFour(second, lanes), f4 = loadFour(second + filterColumn, lanes), f5 = loadFour(second + 2 * filterColumn, lanes);
    const f6 = loadFour(third, lanes), f7 = loadFour(third + filterColumn, lanes), f8 = loadFour(third + 2 * filterColumn, lanes);
    let top = source + c;
    let to = target + c;
    if (lanes >= 4) {
      for (let i = 0; i < count; i++, top += step, to += pixelBytes) {
        const middle = top + sourceRow, bottom = middle + sourceRow;
        const s0 = multiplyAdd(v128.load(top + 2 * sourceColumn), f2, multiplyAdd(v128.load(top + sourceColumn), f1, f32x4.mul(v128.load(top), f0)));
        const s1 = multiplyAdd(v128.load(middle + 2 * sourceColumn), f5, multiplyAdd(v128.load(middle + sourceColumn), f4, f32x4.mul(v128.load(middle), f3)));
        const s2 = multiplyAdd(v128.load(bottom + 2 * sourceColumn), f8, multiplyAdd(v128.load(bottom + sourceColumn), f7, f32x4.mul(v128.load(bottom), f6)));
        v128.store(to, f32x4.add(f32x4.add(s0, s1), s2));
      }
    } else {
      for (let i = 0; i < count; i++, top += step, to += pixelBytes) {
        const middle = top + sourceRow, bottom = middle + sourceRow;
        const s0 = multiplyAdd(loadFour(top + 2 * sourceColumn, lanes), f2, multiplyAdd(loadFour(top + sourceColumn, lanes), f1, f32x4.mul(loadFour(top, lanes), f0)));
        const s1 = multiplyAdd(loadFour(middle + 2 * sourceColumn, lanes), f5, multiplyAdd(loadFour(middle + sourceColumn, lanes), f4, f32x4.mul(loadFour(middle, lanes), f3)));
        const s2 = multiplyAdd(loadFour(bottom + 2 * sourceColumn, lanes), f8, multiplyAdd(loadFour(bottom + sourceColumn, lanes), f7, f32x4.mul(loadFour(bottom, lanes), f6)));
        storeFour(to, f32x4.add(f32x4.add(s0, s1), s2), lanes);
      }
    }
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
    // Pixels whose nine taps all lie in the image.
    const isNine = rows == 3 && filterWidth == 3;
    const first = isNine ? ceilingOf(padLeft, strideX) : outputWidth, last = isNine ? min(outputWidth - 1, floorOf(width - 1 - 2 * dilationX + padLeft, strideX)) : -1;
    if (first <= last) {
      const corner = source + (first * strideX - padLeft) * pixelBytes;
      sumNineTaps(corner, dilationY * rowBytes, dilationX * pixelBytes, strideX * pixelBytes, filter + ky0 * filterRow, filterRow, pixelBytes, pixelBytes, last - first + 1, target + first * pixelBytes);
    }
    for (let ox = 0; ox < outputWidth; ox++, target += pixelBytes) {
      if (ox >= first && ox <= last) continue;
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
    // Pixels that all nine taps saw: with a stride there are none.
    const isNine = rows == 3 && filterWidth == 3 && strideX == 1;
    const first = isNine ? max(2 * dilationX - padLeft, 0) : width, last = isNine ? min(width, outputWidth - padLeft) - 1 : -1;
    if (first <= last) {
      const corner = source + (first + padLeft) * pixelBytes;
      sumNineTaps(corner, -dilationY * outputRow, -dilationX * pixelBytes, pixelBytes, filterStart, strideY * filterRow, pixelBytes, pixelBytes, last - first + 1, target + first * pixelBytes);
    }
    for (let x = 0; x < width; x++, target += pixelBytes) {
      if (x >= first && x <= last) continue;
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
function sumRow(x: usize, step: usize, dy: usize, pixelBytes: usize, count: i32, sums: usize): void {
  for (let c: usize = 0; c < pixelBytes; c += 16) {
    const lanes = <i32>(pixelBytes - c) >> 2;
    let sum = f32x4.splat(0);
    let at = x + c, gradient = dy + c;
    for (let i = 0; i < count; i++, at += step, gradient += pixelBytes) sum = multiplyAdd(loadFour(at, lanes), loadFour(gradient, lanes), sum);
    addToDoubles(sums + (c << 1), sum);
  }
}

/** The same of three taps, `tap` bytes apart in the image and `tapBytes` in the sums: each dy is read once. */
function sumRowOfThree(x: usize, step: usize, tap: usize, dy: usize, pixelBytes: usize, count: i32, sums: usize, tapBytes: usize): void {
  for (let c: usize = 0; c < pixelBytes; c += 16) {
    const lanes = <i32>(pixelBytes - c) >> 2;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0;
    let at = x + c, gradient = dy + c;
    if (lanes >= 4) {
      for (let i = 0; i < count; i++, at += step, gradient += pixelBytes) {
        const g = v128.load(gradient);
        s0 = multiplyAdd(v128.load(at), g, s0);
        s1 = multiplyAdd(v128.load(at + tap), g, s1);
        s2 = multiplyAdd(v128.load(at + 2 * tap), g, s2);
      }
    } else {
      for (let i = 0; i < count; i++, at += step, gradient += pixelBytes) {
        const g = loadFour(gradient, lanes);
        s0 = multiplyAdd(loadFour(at, lanes), g, s0);
        s1 = multiplyAdd(loadFour(at + tap, lanes), g, s1);
        s2 = multiplyAdd(loadFour(at + 2 * tap, lanes), g, s2);
      }
    }
    const target = sums + (c << 1);
    addToDoubles(target, s0);
    addToDoubles(target + tapBytes, s1);
    addToDoubles(target + 2 * tapBytes, s2);
  }
}

/** First and last output whose tap `left` lies in the image. */
@inline
function firstOutput(left: i32, stride: i32): i32 {
  return ceilingOf(-left, stride);
}

@inline
function lastOutput(left: i32, stride: i32, width: i32, outputWidth: i32): i32 {
  return min(outputWidth - 1, floorOf(width - 1 - left, stride));
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
        const source = x + (image * height + y) * rowBytes;
        const target = sums + ky * filterWidth * tapBytes;
        // Outputs that see all three taps, then those of each that the others do not.
        const isThree = filterWidth == 3;
        const first = isThree ? firstOutput(-padLeft, strideX) : outputWidth;
        const last = isThree ? lastOutput(2 * dilationX - padLeft, strideX, width, outputWidth) : -1;
        if (first <= last) {
          const corner = source + (first * strideX - padLeft) * pixelBytes;
          sumRowOfThree(corner, strideX * pixelBytes, dilationX * pixelBytes, gradient + first * pixelBytes, pixelBytes, last - first + 1, target, tapBytes);
        }
        for (let kx = 0; kx < filterWidth; kx++) {
          const left = kx * dilationX - padLeft;
          const start = firstOutput(left, strideX), end = lastOutput(left, strideX, width, outputWidth);
          if (first > last) {
            if (start <= end) sumRow(source + (start * strideX + left) * pixelBytes, strideX * pixelBytes, gradient + start * pixelBytes, pixelBytes, end - start + 1, target + kx * tapBytes);
            continue;
          }
          if (start < first) sumRow(source + (start * strideX + left) * pixelBytes, strideX * pixelBytes, gradient + start * pixelBytes, pixelBytes, first - start, target + kx * tapBytes);
          if (last < end) sumRow(source + ((last + 1) * strideX + left) * pixelBytes, strideX * pixelBytes, gradient + (last + 1) * pixelBytes, pixelBytes, end - last, target + kx * tapBytes);
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
