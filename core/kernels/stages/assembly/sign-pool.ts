/** Maximum over windows of packed signs: the or of their words. Padding takes no part; every window holds a pixel. */
export function maxPoolSigns(
  input: usize, output: usize, inputHeight: i32, inputWidth: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  sizeY: i32, sizeX: i32, strideY: i32, strideX: i32, padTop: i32, padLeft: i32,
): void {
  const pixelBytes = ((channels + 63) >> 6) << 3;
  for (let oy = 0; oy < outputHeight; oy++) {
    const top = oy * strideY - padTop;
    const y0 = max(top, 0), y1 = min(top + sizeY, inputHeight);
    for (let ox = 0; ox < outputWidth; ox++) {
      const left = ox * strideX - padLeft;
      const x0 = max(left, 0), x1 = min(left + sizeX, inputWidth);
      for (let byte = 0; byte < pixelBytes; byte += 8) {
        let word: u64 = 0;
        for (let y = y0; y < y1; y++) {
          const row = input + y * inputWidth * pixelBytes + byte;
          for (let x = x0; x < x1; x++) word |= load<u64>(row + x * pixelBytes);
        }
        store<u64>(output, word);
        output += 8;
      }
    }
  }
}
