// Pools over output pixels from..to. A window is cut to the image; values beside it do not count.

/** First row or column of the part of a window that lies in the image. */
@inline
function cutStart(position: i32, stride: i32, pad: i32): i32 {
  return max(position * stride - pad, 0);
}

@inline
function cutEnd(position: i32, stride: i32, pad: i32, size: i32, limit: i32): i32 {
  return min(position * stride - pad + size, limit);
}

export function maxPoolFloat32(
  input: usize, output: usize, height: i32, width: i32, channels: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * channels << 2;
  for (let i = from; i < to; i++) {
    const oy = i / outputWidth, ox = i - oy * outputWidth;
    const y0 = cutStart(oy, strideY, padTop), rows = cutEnd(oy, strideY, padTop, sizeY, height) - y0;
    const x0 = cutStart(ox, strideX, padLeft), columns = cutEnd(ox, strideX, padLeft, sizeX, width) - x0;
    const corner = input + y0 * rowBytes + x0 * pixelBytes;
    const target = output + i * pixelBytes;
    let c: usize = 0;
    for (; c + 16 <= pixelBytes; c += 16) {
      let best = v128.load(corner + c);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) best = f32x4.pmax(best, v128.load(at));
      }
      v128.store(target + c, best);
    }
    for (; c < pixelBytes; c += 4) {
      let best = load<f32>(corner + c);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) {
          const value = load<f32>(at);
          if (value > best) best = value;
        }
      }
      store<f32>(target + c, best);
    }
  }
}

export function maxPoolInt8(
  input: usize, output: usize, height: i32, width: i32, channels: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels, rowBytes: usize = width * channels;
  for (let i = from; i < to; i++) {
    const oy = i / outputWidth, ox = i - oy * outputWidth;
    const y0 = cutStart(oy, strideY, padTop), rows = cutEnd(oy, strideY, padTop, sizeY, height) - y0;
    const x0 = cutStart(ox, strideX, padLeft), columns = cutEnd(ox, strideX, padLeft, sizeX, width) - x0;
    const corner = input + y0 * rowBytes + x0 * pixelBytes;
    const target = output + i * pixelBytes;
    let c: usize = 0;
    for (; c + 16 <= pixelBytes; c += 16) {
      let best = v128.load(corner + c);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) best = i8x16.max_s(best, v128.load(at));
      }
      v128.store(target + c, best);
    }
    for (; c + 8 <= pixelBytes; c += 8) {
      let best = v128.load64_zero(corner + c);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) best = i8x16.max_s(best, v128.load64_zero(at));
      }
      v128.store64_lane(target + c, best, 0);
    }
    for (; c < pixelBytes; c++) {
      let best = <i32>load<i8>(corner + c);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) best = max(best, <i32>load<i8>(at));
      }
      store<i8>(target + c, <i8>best);
    }
  }
}

/** Sums in float64, row by row, then one division and one rounding to float32. */
export function averagePoolFloat32(
  input: usize, output: usize, height: i32, width: i32, channels: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels << 2, rowBytes: usize = width * channels << 2;
  for (let i = from; i < to; i++) {
    const oy = i / outputWidth, ox = i - oy * outputWidth;
    const y0 = cutStart(oy, strideY, padTop), rows = cutEnd(oy, strideY, padTop, sizeY, height) - y0;
    const x0 = cutStart(ox, strideX, padLeft), columns = cutEnd(ox, strideX, padLeft, sizeX, width) - x0;
    const corner = input + y0 * rowBytes + x0 * pixelBytes;
    const target = output + i * pixelBytes;
    const count = <f64>(rows * columns);
    const count2 = f64x2.splat(count);
    let c: usize = 0;
    for (; c + 16 <= pixelBytes; c += 16) {
      let low = f64x2.splat(0), high = f64x2.splat(0);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) {
          low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(at)));
          high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)));
        }
      }
      v128.store64_lane(target + c, f32x4.demote_f64x2_zero(f64x2.div(low, count2)), 0);
      v128.store64_lane(target + c, f32x4.demote_f64x2_zero(f64x2.div(high, count2)), 0, 8);
    }
    for (; c < pixelBytes; c += 4) {
      let sum: f64 = 0;
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) sum += <f64>load<f32>(at);
      }
      store<f32>(target + c, <f32>(sum / count));
    }
  }
}

/** Two lanes of roundHalfEven(sum / count) as int32. */
@inline
function means(sums: v128, count: v128): v128 {
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.div(f64x2.convert_low_i32x4_s(sums), count)));
}

@inline
function means4(sums: v128, count: v128): v128 {
  return v128.shuffle<i64>(means(sums, count), means(v128.shuffle<i64>(sums, sums, 1, 1), count), 0, 2);
}

/** Sums are exact, then one rounding half to even; the grid stays, so that its zero point needs no care. */
export function averagePoolInt8(
  input: usize, output: usize, height: i32, width: i32, channels: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes: usize = channels, rowBytes: usize = width * channels;
  for (let i = from; i < to; i++) {
    const oy = i / outputWidth, ox = i - oy * outputWidth;
    const y0 = cutStart(oy, strideY, padTop), rows = cutEnd(oy, strideY, padTop, sizeY, height) - y0;
    const x0 = cutStart(ox, strideX, padLeft), columns = cutEnd(ox, strideX, padLeft, sizeX, width) - x0;
    const corner = input + y0 * rowBytes + x0 * pixelBytes;
    const target = output + i * pixelBytes;
    const count = <f64>(rows * columns);
    const count2 = f64x2.splat(count);
    let c: usize = 0;
    for (; c + 8 <= pixelBytes; c += 8) {
      let low = i32x4.splat(0), high = i32x4.splat(0);
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) {
          const q = v128.load8x8_s(at);
          low = i32x4.add(low, i32x4.extend_low_i16x8_s(q));
          high = i32x4.add(high, i32x4.extend_high_i16x8_s(q));
        }
      }
      const q = i16x8.narrow_i32x4_s(means4(low, count2), means4(high, count2));
      v128.store64_lane(target + c, i8x16.narrow_i16x8_s(q, q), 0);
    }
    for (; c < pixelBytes; c++) {
      let sum = 0;
      let row = corner + c;
      for (let y = 0; y < rows; y++, row += rowBytes) {
        let at = row;
        for (let x = 0; x < columns; x++, at += pixelBytes) sum += <i32>load<i8>(at);
      }
      store<i8>(target + c, <i8><i32>nearest<f64>(<f64>sum / count));
    }
  }
}
