import { storeLanes } from '../../assembly/lanes';

/**
 * Direct convolution in tiles of 4 output pixels × 8 output channels. A pixel's patch is `segmentCount` runs of
 * `segmentLength` floats, at pixels[i] + segments[s] bytes from the image. Weights: [channel block][k][8].
 */
export function float32ConvP4C8(
  image: usize, pixels: usize, pixelCount: i32,
  segments: usize, segmentCount: i32, segmentLength: i32,
  weights: usize, bias: usize, output: usize, outputChannels: i32,
): void {
  const segmentsEnd = segments + (segmentCount << 2);
  const segmentBytes = segmentLength << 2;
  const blockBytes = (segmentCount * segmentLength) << 5;
  const outputStride = outputChannels << 2;
  for (let left = outputChannels; left > 0; left -= 8) {
    let to = output;
    let i = 0;
    for (; i + 4 <= pixelCount; i += 4) {
      tile4(image, pixels + (i << 2), segments, segmentsEnd, segmentBytes, weights, bias, to, outputStride, left);
      to += outputStride << 2;
    }
    for (; i < pixelCount; i++) {
      tile1(image + load<u32>(pixels + (i << 2)), segments, segmentsEnd, segmentBytes, weights, bias, to, left);
      to += outputStride;
    }
    output += 32;
    weights += blockBytes;
    bias += 32;
  }
}

function tile4(
  image: usize, pixels: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, bias: usize, to: usize, outputStride: usize, channels: i32,
): void {
  const a0 = image + load<u32>(pixels), a1 = image + load<u32>(pixels, 4);
  const a2 = image + load<u32>(pixels, 8), a3 = image + load<u32>(pixels, 12);
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset;
    const end = p0 + segmentBytes;
    while (p0 < end) {
      const w0 = v128.load(weights), w1 = v128.load(weights, 16);
      let x = v128.load32_splat(p0);
      s00 = f32x4.add(s00, f32x4.mul(x, w0));
      s01 = f32x4.add(s01, f32x4.mul(x, w1));
      x = v128.load32_splat(p1);
      s10 = f32x4.add(s10, f32x4.mul(x, w0));
      s11 = f32x4.add(s11, f32x4.mul(x, w1));
      x = v128.load32_splat(p2);
      s20 = f32x4.add(s20, f32x4.mul(x, w0));
      s21 = f32x4.add(s21, f32x4.mul(x, w1));
      x = v128.load32_splat(p3);
      s30 = f32x4.add(s30, f32x4.mul(x, w0));
      s31 = f32x4.add(s31, f32x4.mul(x, w1));
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      weights += 32;
    }
  }
  storeLanes(to, s00, channels);
  storeLanes(to + 16, s01, channels - 4);
  to += outputStride;
  storeLanes(to, s10, channels);
  storeLanes(to + 16, s11, channels - 4);
  to += outputStride;
  storeLanes(to, s20, channels);
  storeLanes(to + 16, s21, channels - 4);
  to += outputStride;
  storeLanes(to, s30, channels);
  storeLanes(to + 16, s31, channels - 4);
}

/** One pixel × 8 channels, for dense layers and what is left of a row: four steps of k keep eight sums in flight. */
function tile1(
  pixel: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, bias: usize, to: usize, channels: i32,
): void {
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = f32x4.splat(0), s11 = s10, s20 = s10, s21 = s10, s30 = s10, s31 = s10;
  for (; segments < segmentsEnd; segments += 4) {
    let p = pixel + load<u32>(segments);
    const end = p + segmentBytes;
    for (; p + 16 <= end; p += 16) {
      let x = v128.load32_splat(p);
      s00 = f32x4.add(s00, f32x4.mul(x, v128.load(weights)));
      s01 = f32x4.add(s01, f32x4.mul(x, v128.load(weights, 16)));
      x = v128.load32_splat(p, 4);
      s10 = f32x4.add(s10, f32x4.mul(x, v128.load(weights, 32)));
      s11 = f32x4.add(s11, f32x4.mul(x, v128.load(weights, 48)));
      x = v128.load32_splat(p, 8);
      s20 = f32x4.add(s20, f32x4.mul(x, v128.load(weights, 64)));
      s21 = f32x4.add(s21, f32x4.mul(x, v128.load(weights, 80)));
      x = v128.load32_splat(p, 12);
      s30 = f32x4.add(s30, f32x4.mul(x, v128.load(weights, 96)));
      s31 = f32x4.add(s31, f32x4.mul(x, v128.load(weights, 112)));
      weights += 128;
    }
    for (; p < end; p += 4) {
      const x = v128.load32_splat(p);
      s00 = f32x4.add(s00, f32x4.mul(x, v128.load(weights)));
      s01 = f32x4.add(s01, f32x4.mul(x, v128.load(weights, 16)));
      weights += 32;
    }
  }
  storeLanes(to, f32x4.add(f32x4.add(s00, s10), f32x4.add(s20, s30)), channels);
  storeLanes(to + 16, f32x4.add(f32x4.add(s01, s11), f32x4.add(s21, s31)), channels - 4);
}
