// Pools of a batch, forwards over its output pixels from..to; see ../../../operators/pool.ts.
import { averagePoolFloat32, maxPoolFloat32 } from '../../../../kernels/operators/assembly/pool-simd';
import { loadFour, storeFour } from '../../assembly/lanes';

export function maxPool(
  x: usize, y: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixels = outputHeight * outputWidth;
  for (let start = from; start < to; ) {
    const image = start / pixels;
    const first = start - image * pixels, last = min(pixels, first + to - start);
    const source = x + (image * height * width * channels << 2), target = y + (image * pixels * channels << 2);
    maxPoolFloat32(source, target, height, width, channels, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft, first, last);
    start += last - first;
  }
}

export function averagePool(
  x: usize, y: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixels = outputHeight * outputWidth;
  for (let start = from; start < to; ) {
    const image = start / pixels;
    const first = start - image * pixels, last = min(pixels, first + to - start);
    const source = x + (image * height * width * channels << 2), target = y + (image * pixels * channels << 2);
    averagePoolFloat32(source, target, height, width, channels, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft, first, last);
    start += last - first;
  }
}

/** dx of images from..to: dy goes to the first largest value of its window. */
export function maxPoolGradient(
  x: usize, dy: usize, dx: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes, imageBytes: usize = height * rowBytes;
  memory.fill(dx + from * imageBytes, 0, (to - from) * imageBytes);
  let gradient = dy + from * outputHeight * outputWidth * pixelBytes;
  for (let image = from; image < to; image++) {
    for (let oy = 0; oy < outputHeight; oy++) {
      const y0 = max(oy * strideY - padTop, 0), rows = min(oy * strideY - padTop + sizeY, height) - y0;
      for (let ox = 0; ox < outputWidth; ox++, gradient += pixelBytes) {
        const x0 = max(ox * strideX - padLeft, 0), columns = min(ox * strideX - padLeft + sizeX, width) - x0;
        const corner = image * imageBytes + y0 * rowBytes + x0 * pixelBytes;
        for (let c: usize = 0; c < pixelBytes; c += 16) toLargest(x, dx, gradient + c, corner + c, rows, columns, rowBytes, pixelBytes, <i32>(pixelBytes - c) >> 2);
      }
    }
  }
}

/** Four channels of one window: which of its values is the first largest, then dy to that one. */
@inline
function toLargest(x: usize, dx: usize, dy: usize, corner: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, count: i32): void {
  let best = loadFour(x + corner, count);
  let place = i32x4.splat(0);
  for (let row = 0, tap = 0; row < rows; row++) {
    let at = corner + row * rowBytes;
    for (let column = 0; column < columns; column++, tap++, at += pixelBytes) {
      const value = loadFour(x + at, count);
      const larger = f32x4.gt(value, best);
      best = v128.bitselect(value, best, larger);
      place = v128.bitselect(i32x4.splat(tap), place, larger);
    }
  }
  const gradient = loadFour(dy, count);
  for (let row = 0, tap = 0; row < rows; row++) {
    let at = dx + corner + row * rowBytes;
    for (let column = 0; column < columns; column++, tap++, at += pixelBytes) {
      storeFour(at, f32x4.add(loadFour(at, count), v128.and(gradient, i32x4.eq(place, i32x4.splat(tap)))), count);
    }
  }
}

/** The same for unpadded 2×2 windows of stride 2, which share no value: pairs of input rows from..to, ⌈height ÷ 2⌉ an image. */
export function maxPoolHalvingGradient(x: usize, dy: usize, dx: usize, height: i32, width: i32, channels: i32, from: i32, to: i32): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * pixelBytes;
  const outputHeight = height >> 1, outputWidth = width >> 1;
  const pairs = (height + 1) >> 1;
  const seenBytes: usize = outputWidth * pixelBytes << 1;
  for (let pair = from; pair < to; pair++) {
    const image = pair / pairs, row = pair - image * pairs;
    const start = (image * height + row * 2) * rowBytes;
    if (row == outputHeight) {
      memory.fill(dx + start, 0, rowBytes);
      continue;
    }
    let gradient = dy + (image * outputHeight + row) * outputWidth * pixelBytes;
    for (let at = start; at < start + seenBytes; at += pixelBytes << 1, gradient += pixelBytes) {
      for (let c: usize = 0; c < pixelBytes; c += 16) {
        const count = <i32>(pixelBytes - c) >> 2;
        const upper = at + c, lower = upper + rowBytes;
        const x0 = loadFour(x + upper, count), x1 = loadFour(x + upper + pixelBytes, count);
        const x2 = loadFour(x + lower, count), x3 = loadFour(x + lower + pixelBytes, count);
        const right = f32x4.gt(x1, x0), rightBelow = f32x4.gt(x3, x2);
        const below = f32x4.gt(v128.bitselect(x3, x2, rightBelow), v128.bitselect(x1, x0, right));
        const g = loadFour(gradient + c, count);
        const above = v128.andnot(g, below), beneath = v128.and(g, below);
        storeFour(dx + upper, v128.andnot(above, right), count);
        storeFour(dx + upper + pixelBytes, v128.and(above, right), count);
        storeFour(dx + lower, v128.andnot(beneath, rightBelow), count);
        storeFour(dx + lower + pixelBytes, v128.and(beneath, rightBelow), count);
      }
    }
    if (seenBytes < rowBytes) {
      memory.fill(dx + start + seenBytes, 0, rowBytes - seenBytes);
      memory.fill(dx + start + rowBytes + seenBytes, 0, rowBytes - seenBytes);
    }
  }
}

/** First window that covers a row or column. */
@inline
function firstCover(position: i32, size: i32, stride: i32, pad: i32): i32 {
  const behind = position + pad - size + 1;
  return behind <= 0 ? 0 : (behind + stride - 1) / stride;
}

/** dx over input rows from..to of the batch: each value gathers its share of every window that covers it. */
export function averagePoolGradient(
  dy: usize, dx: usize, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2;
  let target = dx + from * width * pixelBytes;
  for (let row = from; row < to; row++) {
    const image = row / height, y = row - image * height;
    const windows = dy + image * outputHeight * outputWidth * pixelBytes;
    const oy0 = firstCover(y, sizeY, strideY, padTop), oy1 = min((y + padTop) / strideY, outputHeight - 1);
    for (let x = 0; x < width; x++, target += pixelBytes) {
      const ox0 = firstCover(x, sizeX, strideX, padLeft), ox1 = min((x + padLeft) / strideX, outputWidth - 1);
      if (oy0 > oy1 || ox0 > ox1) memory.fill(target, 0, pixelBytes);
      for (let oy = oy0; oy <= oy1; oy++) {
        const rows = min(oy * strideY - padTop + sizeY, height) - max(oy * strideY - padTop, 0);
        for (let ox = ox0; ox <= ox1; ox++) {
          const columns = min(ox * strideX - padLeft + sizeX, width) - max(ox * strideX - padLeft, 0);
          const share = f32x4.splat(<f32>1 / <f32>(rows * columns));
          addShare(windows + (oy * outputWidth + ox) * pixelBytes, share, target, pixelBytes, oy == oy0 && ox == ox0);
        }
      }
    }
  }
}

/** target ← share · source, or added to it where it is not the first. */
@inline
function addShare(source: usize, share: v128, target: usize, bytes: usize, isFirst: bool): void {
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const part = f32x4.mul(v128.load(source + c), share);
    v128.store(target + c, isFirst ? part : f32x4.add(v128.load(target + c), part));
  }
  if (c < bytes) {
    const count = <i32>(bytes - c) >> 2;
    const part = f32x4.mul(loadFour(source + c, count), share);
    storeFour(target + c, isFirst ? part : f32x4.add(loadFour(target + c, count), part), count);
  }
}
