import { storeLanes } from '../../assembly/lanes';

/**
 * Direct convolution over int16 in tiles of 4 output pixels × 8 output channels; one dot takes two inputs at once.
 * `segmentPairs` counts those pairs. Weights: int16 [channel block][pair][8][2], an odd last input has code 0.
 */
export function integerConvP4C8(
  image: usize, pixels: usize, pixelCount: i32,
  segments: usize, segmentCount: i32, segmentPairs: i32,
  weights: usize, output: usize, outputChannels: i32,
): void {
  const segmentsEnd = segments + (segmentCount << 2);
  const segmentBytes = segmentPairs << 2;
  const blockBytes = (segmentCount * segmentPairs) << 5;
  const outputStride = outputChannels << 2;
  for (let left = outputChannels; left > 0; left -= 8) {
    let to = output;
    let i = 0;
    for (; i + 4 <= pixelCount; i += 4) {
      tile4(image, pixels + (i << 2), segments, segmentsEnd, segmentBytes, weights, to, outputStride, left);
      to += outputStride << 2;
    }
    for (; i < pixelCount; i++) {
      tile1(image + load<u32>(pixels + (i << 2)), segments, segmentsEnd, segmentBytes, weights, to, left);
      to += outputStride;
    }
    output += 32;
    weights += blockBytes;
  }
}

function tile4(
  image: usize, pixels: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, to: usize, outputStride: usize, channels: i32,
): void {
  const a0 = image + load<u32>(pixels), a1 = image + load<u32>(pixels, 4);
  const a2 = image + load<u32>(pixels, 8), a3 = image + load<u32>(pixels, 12);
  let s00 = i32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (; segments < segmentsEnd; segments += 4) {
    const offset = load<u32>(segments);
    let p0 = a0 + offset, p1 = a1 + offset, p2 = a2 + offset, p3 = a3 + offset;
    const end = p0 + segmentBytes;
    while (p0 < end) {
      const w0 = v128.load(weights), w1 = v128.load(weights, 16);
      let x = v128.load32_splat(p0);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, w0));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, w1));
      x = v128.load32_splat(p1);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, w0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, w1));
      x = v128.load32_splat(p2);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, w0));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, w1));
      x = v128.load32_splat(p3);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, w0));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, w1));
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

function tile1(
  pixel: usize, segments: usize, segmentsEnd: usize, segmentBytes: usize,
  weights: usize, to: usize, channels: i32,
): void {
  let s00 = i32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  for (; segments < segmentsEnd; segments += 4) {
    let p = pixel + load<u32>(segments);
    const end = p + segmentBytes;
    for (; p + 8 <= end; p += 8) {
      let x = v128.load32_splat(p);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, v128.load(weights)));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, v128.load(weights, 16)));
      x = v128.load32_splat(p, 4);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, v128.load(weights, 32)));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, v128.load(weights, 48)));
      weights += 64;
    }
    for (; p < end; p += 4) {
      const x = v128.load32_splat(p);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, v128.load(weights)));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, v128.load(weights, 16)));
      weights += 32;
    }
  }
  storeLanes(to, i32x4.add(s00, s10), channels);
  storeLanes(to + 16, i32x4.add(s01, s11), channels - 4);
}
