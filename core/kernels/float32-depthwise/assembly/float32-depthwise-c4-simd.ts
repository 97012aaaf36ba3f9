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

/** Weights [tap][channels rounded up to 4]. The image may be read up to 12 bytes past a pixel's last channel. */
export function float32DepthwiseC4(
  image: usize, pixels: usize, pixelCount: i32, taps: usize, tapCount: i32,
  weights: usize, bias: usize, output: usize, channels: i32,
): void {
  const weightStride = ((channels + 3) & ~3) << 2;
  const tapsEnd = taps + (tapCount << 2);
  for (let i = 0; i < pixelCount; i++) {
    const pixel = image + load<u32>(pixels + (i << 2));
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = pixel + (c << 2), b = bias + (c << 2);
      let s0 = v128.load(b), s1 = v128.load(b, 16), s2 = v128.load(b, 32), s3 = v128.load(b, 48);
      let w = weights + (c << 2);
      for (let t = taps; t < tapsEnd; t += 4) {
        const p = at + load<u32>(t);
        s0 = f32x4.add(s0, f32x4.mul(v128.load(p), v128.load(w)));
        s1 = f32x4.add(s1, f32x4.mul(v128.load(p, 16), v128.load(w, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v128.load(p, 32), v128.load(w, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v128.load(p, 48), v128.load(w, 48)));
        w += weightStride;
      }
      v128.store(output, s0);
      v128.store(output, s1, 16);
      v128.store(output, s2, 32);
      v128.store(output, s3, 48);
      output += 64;
    }
    for (; c < channels; c += 4) {
      const at = pixel + (c << 2);
      let s = v128.load(bias + (c << 2));
      let w = weights + (c << 2);
      for (let t = taps; t < tapsEnd; t += 4) {
        s = f32x4.add(s, f32x4.mul(v128.load(at + load<u32>(t)), v128.load(w)));
        w += weightStride;
      }
      storeLanes(output, s, channels - c);
      output += min(channels - c, 4) << 2;
    }
  }
}
