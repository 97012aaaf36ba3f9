/** Copies the tight rows `first`..`last` into the inside of a padded image. The border is written once, by the caller. */
export function copyRows(from: usize, to: usize, rowBytes: i32, toStride: i32, first: i32, last: i32): void {
  from += first * rowBytes;
  to += first * toStride;
  for (let y = first; y < last; y++) {
    memory.copy(to, from, rowBytes);
    from += rowBytes;
    to += toStride;
  }
}

/** The same for int8 → int16, q − zeroPoint, of the rows `first`..`last`. */
export function expandInt8Rows(
  from: usize, to: usize, rowCount: i32, toStride: i32, zeroPoint: i32, first: i32, last: i32,
): void {
  from += first * rowCount;
  to += first * toStride;
  const zero = i16x8.splat(<i16>zeroPoint);
  for (let y = first; y < last; y++) {
    let i = 0;
    for (; i + 16 <= rowCount; i += 16) {
      const q = v128.load(from + i);
      v128.store(to + (i << 1), i16x8.sub(i16x8.extend_low_i8x16_s(q), zero));
      v128.store(to + (i << 1), i16x8.sub(i16x8.extend_high_i8x16_s(q), zero), 16);
    }
    for (; i < rowCount; i++) store<i16>(to + (i << 1), <i16>(<i32>load<i8>(from + i) - zeroPoint));
    from += rowCount;
    to += toStride;
  }
}
