import { clipped, multiplyAdd } from '../../assembly/float32';
import { storeLanes } from '../../assembly/lanes';

/** Copies a padded image while repeating every channel `multiplier` times, so that output channel c reads input c. */
export function repeatFloat32Channels(from: usize, to: usize, rows: i32, rowCount: i32, toStride: i32, multiplier: i32): void {
  for (let y = 0; y < rows; y++) {
    let at = to;
    for (let i = 0; i < rowCount; i++) {
      const x = load<f32>(from);
      from += 4;
      for (let m = 0; m < multiplier; m++) {
        store<f32>(at, x);
        at += 4;
      }
    }
    to += toStride;
  }
}

/**
 * Any kernel, pixels from..to. Weights [tap][channels rounded up to 4]. The image may be read up to 12 bytes past a pixel's last
 * channel.
 */
export function float32DepthwiseC4(
  image: usize, pixels: usize, taps: usize, tapCount: i32, weights: usize, bias: usize, output: usize, channels: i32,
  low: f32, high: f32, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  const weightStride = ((channels + 3) & ~3) << 2;
  const tapsEnd = taps + (tapCount << 2);
  output += (from * channels) << 2;
  for (let i = from; i < to; i++) {
    const pixel = image + load<u32>(pixels + (i << 2));
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = pixel + (c << 2), b = bias + (c << 2);
      let s0 = v128.load(b), s1 = v128.load(b, 16), s2 = v128.load(b, 32), s3 = v128.load(b, 48);
      let w = weights + (c << 2);
      for (let t = taps; t < tapsEnd; t += 4) {
        const p = at + load<u32>(t);
        s0 = multiplyAdd(v128.load(p), v128.load(w), s0);
        s1 = multiplyAdd(v128.load(p, 16), v128.load(w, 16), s1);
        s2 = multiplyAdd(v128.load(p, 32), v128.load(w, 32), s2);
        s3 = multiplyAdd(v128.load(p, 48), v128.load(w, 48), s3);
        w += weightStride;
      }
      v128.store(output, clipped(s0, lowest, highest));
      v128.store(output, clipped(s1, lowest, highest), 16);
      v128.store(output, clipped(s2, lowest, highest), 32);
      v128.store(output, clipped(s3, lowest, highest), 48);
      output += 64;
    }
    for (; c < channels; c += 4) {
      const at = pixel + (c << 2);
      let s = v128.load(bias + (c << 2));
      let w = weights + (c << 2);
      for (let t = taps; t < tapsEnd; t += 4) {
        s = multiplyAdd(v128.load(at + load<u32>(t)), v128.load(w), s);
        w += weightStride;
      }
      storeLanes(output, clipped(s, lowest, highest), channels - c);
      output += min(channels - c, 4) << 2;
    }
  }
}
