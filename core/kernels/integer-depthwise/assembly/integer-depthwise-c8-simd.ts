import { storeLanes } from '../../assembly/lanes';

/** int8 → int16 (q − zeroPoint), every channel repeated `multiplier` times. */
export function repeatInt8Channels(
  from: usize, to: usize, rows: i32, rowCount: i32, toStride: i32, multiplier: i32, zeroPoint: i32,
): void {
  for (let y = 0; y < rows; y++) {
    let at = to;
    for (let i = 0; i < rowCount; i++) {
      const x = <i16>(<i32>load<i8>(from) - zeroPoint);
      from++;
      for (let m = 0; m < multiplier; m++) {
        store<i16>(at, x);
        at += 2;
      }
    }
    to += toStride;
  }
}

/** Weights int16 [tap][channels rounded up to 8]. The image may be read up to 14 bytes past a pixel's last channel. */
export function integerDepthwiseC8(
  image: usize, pixels: usize, pixelCount: i32, taps: usize, tapCount: i32,
  weights: usize, output: usize, channels: i32,
): void {
  const weightStride = ((channels + 7) & ~7) << 1;
  const tapsEnd = taps + (tapCount << 2);
  for (let i = 0; i < pixelCount; i++) {
    const pixel = image + load<u32>(pixels + (i << 2));
    for (let c = 0; c < channels; c += 8) {
      const at = pixel + (c << 1);
      let low = i32x4.splat(0), high = low;
      let w = weights + (c << 1);
      for (let t = taps; t < tapsEnd; t += 4) {
        const x = v128.load(at + load<u32>(t)), code = v128.load(w);
        low = i32x4.add(low, i32x4.extmul_low_i16x8_s(x, code));
        high = i32x4.add(high, i32x4.extmul_high_i16x8_s(x, code));
        w += weightStride;
      }
      const left = channels - c;
      storeLanes(output, low, left);
      storeLanes(output + 16, high, left - 4);
      output += min(left, 8) << 2;
    }
  }
}
