import { clipped, multiplyAdd } from '../../assembly/float32';

/** Bytes of the weights of four channels: [tap][4]. */
const GROUP_BYTES: usize = 144;

/**
 * Kernel 3×3 of dilation 1, output rows from..to, in the input itself: a row outside it is `zeroRow`, and columns outside are
 * left out. Channels: a multiple of 4. Weights: [channels / 4][tap][4]. insideFrom..insideTo: the output columns whose taps all
 * lie inside.
 */
export function float32Depthwise3x3(
  input: usize, inputHeight: i32, inputWidth: i32, channels: i32, zeroRow: usize, padTop: i32, padLeft: i32,
  strideY: i32, strideX: i32, insideFrom: i32, insideTo: i32, weights: usize, bias: usize,
  output: usize, outputWidth: i32, low: f32, high: f32, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  const pixelBytes = channels << 2, rowBytes = inputWidth * pixelBytes;
  for (let row = from; row < to; row++) {
    const y = row * strideY - padTop;
    const r0 = rowOf(input, y, inputHeight, rowBytes, zeroRow);
    const r1 = rowOf(input, y + 1, inputHeight, rowBytes, zeroRow);
    const r2 = rowOf(input, y + 2, inputHeight, rowBytes, zeroRow);
    const target = output + row * outputWidth * pixelBytes;
    let x = 0;
    while (x < outputWidth) {
      const inside = x >= insideFrom && x < insideTo;
      // Two or three columns over: the last four are computed, some of them again.
      if (inside && x + 4 > insideTo && x + 2 <= insideTo && insideFrom + 4 <= insideTo) x = insideTo - 4;
      const column = x * strideX - padLeft;
      const at = target + x * pixelBytes;
      if (inside && x + 4 <= insideTo) {
        const left = column * pixelBytes;
        if (strideX == 1) fourNeighbours(r0 + left, r1 + left, r2 + left, pixelBytes, weights, bias, at, lowest, highest);
        else fourApart(r0 + left, r1 + left, r2 + left, pixelBytes, strideX * pixelBytes, weights, bias, at, lowest, highest);
        x += 4;
      } else {
        onePixel(r0, r1, r2, column, max(0, -column), min(3, inputWidth - column), pixelBytes, weights, bias, at, lowest, highest);
        x++;
      }
    }
  }
}

function rowOf(input: usize, y: i32, inputHeight: i32, rowBytes: i32, zeroRow: usize): usize {
  return y >= 0 && y < inputHeight ? input + y * rowBytes : zeroRow;
}

/** Four output pixels side by side at stride 1, which share most of their inputs. p0..p2: their top left inputs. */
function fourNeighbours(
  p0: usize, p1: usize, p2: usize, pixelBytes: usize, weights: usize, bias: usize, to: usize, low: v128, high: v128,
): void {
  const end = bias + pixelBytes;
  for (; bias < end; bias += 16) {
    let s0 = v128.load(bias), s1 = s0, s2 = s0, s3 = s0;
    let p = p0, w = weights;
    for (let row = 0; row < 3; row++) {
      const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
      let x = v128.load(p);
      s0 = multiplyAdd(x, w0, s0);
      x = v128.load(p + pixelBytes);
      s0 = multiplyAdd(x, w1, s0);
      s1 = multiplyAdd(x, w0, s1);
      x = v128.load(p + 2 * pixelBytes);
      s0 = multiplyAdd(x, w2, s0);
      s1 = multiplyAdd(x, w1, s1);
      s2 = multiplyAdd(x, w0, s2);
      x = v128.load(p + 3 * pixelBytes);
      s1 = multiplyAdd(x, w2, s1);
      s2 = multiplyAdd(x, w1, s2);
      s3 = multiplyAdd(x, w0, s3);
      x = v128.load(p + 4 * pixelBytes);
      s2 = multiplyAdd(x, w2, s2);
      s3 = multiplyAdd(x, w1, s3);
      s3 = multiplyAdd(v128.load(p + 5 * pixelBytes), w2, s3);
      w += 48;
      p = row == 0 ? p1 : p2;
    }
    storeFour(to, pixelBytes, s0, s1, s2, s3, low, high);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    to += 16;
    weights += GROUP_BYTES;
  }
}

/** Four output pixels of a row at any stride. p0..p2: the top left inputs of the first. */
function fourApart(
  p0: usize, p1: usize, p2: usize, pixelBytes: usize, step: usize, weights: usize, bias: usize, to: usize, low: v128, high: v128,
): void {
  const end = bias + pixelBytes;
  for (; bias < end; bias += 16) {
    let s0 = v128.load(bias), s1 = s0, s2 = s0, s3 = s0;
    let row = p0, w = weights;
    for (let y = 0; y < 3; y++) {
      let p = row;
      for (let x = 0; x < 3; x++) {
        const tap = v128.load(w);
        s0 = multiplyAdd(v128.load(p), tap, s0);
        s1 = multiplyAdd(v128.load(p + step), tap, s1);
        s2 = multiplyAdd(v128.load(p + 2 * step), tap, s2);
        s3 = multiplyAdd(v128.load(p + 3 * step), tap, s3);
        p += pixelBytes;
        w += 16;
      }
      row = y == 0 ? p1 : p2;
    }
    storeFour(to, pixelBytes, s0, s1, s2, s3, low, high);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    to += 16;
    weights += GROUP_BYTES;
  }
}

function storeFour(to: usize, pixelBytes: usize, s0: v128, s1: v128, s2: v128, s3: v128, low: v128, high: v128): void {
  v128.store(to, clipped(s0, low, high));
  v128.store(to + pixelBytes, clipped(s1, low, high));
  v128.store(to + 2 * pixelBytes, clipped(s2, low, high));
  v128.store(to + 3 * pixelBytes, clipped(s3, low, high));
}

/** One output pixel whose taps firstTap..endTap of every row lie inside. column: the input column of tap 0, perhaps negative. */
function onePixel(
  r0: usize, r1: usize, r2: usize, column: i32, firstTap: i32, endTap: i32, pixelBytes: i32,
  weights: usize, bias: usize, to: usize, low: v128, high: v128,
): void {
  for (let c = 0; c < pixelBytes; c += 16) {
    let s = v128.load(bias + c);
    for (let tap = firstTap; tap < endTap; tap++) {
      const at = (column + tap) * pixelBytes + c, w = weights + (tap << 4);
      s = multiplyAdd(v128.load(r0 + at), v128.load(w), s);
      s = multiplyAdd(v128.load(r1 + at), v128.load(w, 48), s);
      s = multiplyAdd(v128.load(r2 + at), v128.load(w, 96), s);
    }
    v128.store(to + c, clipped(s, low, high));
    weights += GROUP_BYTES;
  }
}
