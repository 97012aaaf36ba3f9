/**
 * Panels from..to of a matrix for products by rows: [columns / 8][taps · inner][8], missing columns 0. Element (tap t, i, column n)
 * is at source + taps[t] + i · innerStride + n · columnStride, all in bytes.
 */
export function packPanels(
  source: usize, taps: usize, tapCount: i32, inner: i32, innerStride: usize, columns: i32, columnStride: usize, panels: usize,
  from: i32, to: i32,
): void {
  let write: usize = panels + from * tapCount * inner * 32;
  for (let panel = from; panel < to; panel++) {
    const count = min(8, columns - panel * 8);
    for (let t = 0; t < tapCount; t++) {
      const read: usize = source + load<u32>(taps + (t << 2)) + panel * 8 * columnStride;
      if (count < 8) packSome(read, inner, innerStride, count, columnStride, write);
      else if (columnStride == 4) packRows(read, inner, innerStride, write);
      else packTurned(read, inner, innerStride, columnStride, write);
      write += inner * 32;
    }
  }
}

function packSome(from: usize, inner: i32, innerStride: usize, count: i32, columnStride: usize, to: usize): void {
  for (; inner > 0; inner--) {
    for (let n = 0; n < 8; n++) store<f32>(to + (n << 2), n < count ? load<f32>(from + n * columnStride) : 0);
    from += innerStride;
    to += 32;
  }
}

function packRows(from: usize, inner: i32, innerStride: usize, to: usize): void {
  for (; inner > 0; inner--) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += innerStride;
    to += 32;
  }
}

/** Columns lie along memory: 4 × 4 floats are turned at a time. */
function packTurned(from: usize, inner: i32, innerStride: usize, columnStride: usize, to: usize): void {
  if (innerStride == 4) {
    for (; inner >= 4; inner -= 4) {
      turn(from, columnStride, to);
      turn(from + 4 * columnStride, columnStride, to + 16);
      from += 16;
      to += 128;
    }
  }
  packSome(from, inner, innerStride, 8, columnStride, to);
}

function turn(from: usize, stride: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from + stride), c = v128.load(from + 2 * stride), d = v128.load(from + 3 * stride);
  const lowAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5), highAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const lowCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), highCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(lowAb, lowCd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(lowAb, lowCd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(highAb, highCd, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(highAb, highCd, 2, 3, 6, 7), 96);
}
