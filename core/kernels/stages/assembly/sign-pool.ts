/** Maximum over windows of packed signs: the or of their words. Output pixels from..to; padding takes no part. */
export function maxPoolSigns(
  input: usize, output: usize, height: i32, width: i32, channels: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32, from: i32, to: i32,
): void {
  const pixelBytes = ((channels + 63) >> 6) << 3;
  let at = output + from * pixelBytes;
  for (let i = from; i < to; i++) {
    const oy = i / outputWidth, ox = i - oy * outputWidth;
    const top = oy * strideY - padTop, left = ox * strideX - padLeft;
    const y0 = max(top, 0), y1 = min(top + sizeY, height);
    const x0 = max(left, 0), x1 = min(left + sizeX, width);
    for (let byte = 0; byte < pixelBytes; byte += 8) {
      let word: u64 = 0;
      for (let y = y0; y < y1; y++) {
        const row = input + y * width * pixelBytes + byte;
        for (let x = x0; x < x1; x++) word |= load<u64>(row + x * pixelBytes);
      }
      store<u64>(at, word);
      at += 8;
    }
  }
}
