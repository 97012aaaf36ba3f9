import { multiplyRow, multiplyRows } from '../../assembly/multiply-rows';

/** Direct convolution of output pixels from..to: their patches are read in place in the (padded) image. */
export function float32ConvC8(
  image: usize, pixels: usize, segments: usize, segmentCount: i32, segmentLength: i32,
  weights: usize, bias: usize, output: usize, outputChannels: i32, low: f32, high: f32, from: i32, to: i32,
): void {
  multiplyRows(image, pixels, segments, segmentCount, segmentLength, weights, bias, output, outputChannels, low, high, from, to);
}

/** A single pixel: work items are blocks of 8 output channels. `segments` as above. */
export function float32DenseC8(
  pixel: usize, segments: usize, segmentCount: i32, segmentLength: i32,
  weights: usize, bias: usize, output: usize, outputChannels: i32, low: f32, high: f32, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  const segmentsEnd = segments + (segmentCount << 2);
  const blockBytes = (segmentCount * segmentLength) << 5;
  for (let block = from; block < to; block++) {
    const w = weights + block * blockBytes, at = block << 5, left = outputChannels - (block << 3);
    multiplyRow(pixel, segments, segmentsEnd, segmentLength << 2, w, bias + at, output + at, left, lowest, highest);
  }
}
