/** Exports of the compiled kernels. Offsets and strides are bytes; the parameters are named in the `assembly` sources. */
export interface KernelProgram {
  copyRows(from: number, to: number, rows: number, rowBytes: number, toStride: number): void;
  expandInt8Rows(
    from: number, to: number, rowCount: number, toStride: number, zeroPoint: number, first: number, last: number,
  ): void;
  float32ConvP4C8(
    image: number, pixels: number, pixelCount: number, segments: number, segmentCount: number, segmentLength: number,
    weights: number, bias: number, output: number, outputChannels: number,
  ): void;
  repeatFloat32Channels(
    from: number, to: number, rows: number, rowCount: number, toStride: number, multiplier: number,
  ): void;
  float32DepthwiseC4(
    image: number, pixels: number, pixelCount: number, taps: number, tapCount: number,
    weights: number, bias: number, output: number, channels: number,
  ): void;
  integerConvP4C8(
    image: number, pixels: number, segments: number, segmentCount: number, segmentPairs: number,
    weights: number, channels: number, chunk: number, sums: number, finish: number, output: number, from: number, to: number,
  ): void;
  repeatInt8Channels(
    from: number, to: number, rows: number, rowCount: number, toStride: number, multiplier: number, zeroPoint: number,
  ): void;
  integerDepthwiseC8(
    image: number, pixels: number, taps: number, tapPairs: number,
    weights: number, channels: number, chunk: number, sums: number, finish: number, output: number, from: number, to: number,
  ): void;
  buildSignTables(
    from: number, to: number, width: number, channels: number, toStride: number, first: number, last: number,
  ): void;
  binaryConvP1C32(
    image: number, pixels: number, segments: number, segmentCount: number, segmentGroups: number, weights: number, bases: number,
    channels: number, chunk: number, sums: number, finish: number, output: number, from: number, to: number,
  ): void;
  fewCodeConvP4C8(
    image: number, pixels: number, segments: number, segmentCount: number, segmentLength: number,
    weights: number, bases: number, lowest: number, depth: number, patchSums: number,
    channels: number, chunk: number, sums: number, finish: number, output: number, from: number, to: number,
  ): void;
  xnorConvP2C4(
    image: number, pixels: number, pixelCount: number, taps: number, tapCount: number, channels: number,
    patches: number, words: number, weights: number, bases: number, classes: number, output: number, outputChannels: number,
  ): void;
  expandSigns(
    from: number, to: number, rows: number, width: number, channels: number, toStride: number, multiplier: number,
  ): void;
  affine(
    acc: number, m: number, b: number, output: number, pixels: number, channels: number, low: number, high: number,
  ): void;
  requantise(
    acc: number, m: number, b: number, output: number, pixels: number, channels: number,
    zeroPoint: number, low: number, high: number,
  ): void;
  clip(input: number, output: number, count: number, low: number, high: number): void;
  threshold(acc: number, thresholds: number, output: number, pixels: number, channels: number): void;
  quantise(input: number, output: number, count: number, inverseScale: number, zeroPoint: number): void;
  dequantise(input: number, output: number, count: number, scale: number, zeroPoint: number): void;
  signPackFloat(input: number, thresholds: number, output: number, pixels: number, channels: number): void;
  signPackInt8(input: number, thresholds: number, output: number, pixels: number, channels: number): void;
}
