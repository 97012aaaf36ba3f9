/** Packed signs → int16 ±1, every channel repeated `multiplier` times; the integer depthwise kernel does the rest. */
export function expandSigns(
  from: usize, to: usize, rows: i32, width: i32, channels: i32, toStride: i32, multiplier: i32,
): void {
  const pixelBytes = ((channels + 63) >> 6) << 3;
  for (let y = 0; y < rows; y++) {
    let at = to;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const bit = (<i32>load<u8>(from + (c >> 3)) >> (c & 7)) & 1;
        for (let m = 0; m < multiplier; m++) {
          store<i16>(at, <i16>(2 * bit - 1));
          at += 2;
        }
      }
      from += pixelBytes;
    }
    to += toStride;
  }
}
