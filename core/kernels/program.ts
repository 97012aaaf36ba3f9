/**
 * Exports of the compiled kernels. Offsets and strides are bytes; the parameters are named in the `assembly` sources. Where the last
 * two are `from` and `to`, a call computes those work items only, so that the work may be divided.
 */
export interface KernelProgram {
  copyRows(from: number, to: number, rowBytes: number, toStride: number, first: number, last: number): void;
  expandInt8Rows(
    from: number, to: number, rowCount: number, toStride: number, zeroPoint: number, first: number, last: number,
  ): void;
  float32ConvC8(
    image: number, pixels: number, segments: number, segmentCount: number, segmentLength: number,
    weights: number, bias: number, output: number, outputChannels: number, low: number, high: number,
    from: number, to: number,
  ): void;
  float32DenseC8(
    pixel: number, segments: number, segmentCount: number, segmentLength: number,
    weights: number, bias: number, output: number, outputChannels: number, low: number, high: number,
    from: number, to: number,
  ): void;
  repeatFloat32Channels(
    from: number, to: number, rows: number, rowCount: number, toStride: number, multiplier: number,
  ): void;
  float32DepthwiseC4(
    image: number, pixels: number, taps: number, tapCount: number, weights: number, bias: number, output: number,
    channels: number, low: number, high: number, from: number, to: number,
  ): void;
  float32Depthwise3x3(
    input: number, inputHeight: number, inputWidth: number, channels: number, zeroRow: number, padTop: number, padLeft: number,
    strideY: number, strideX: number, insideFrom: number, insideTo: number, weights: number, bias: number,
    output: number, outputWidth: number, low: number, high: number, from: number, to: number,
  ): void;
  float32WinogradBlocks(
    image: number, rowBytes: number, inputChannels: number, tilesAcross: number, tiles: number, blockTiles: number,
    weights: number, zeros: number, bias: number, tileOffsets: number, inputStride: number, outputStride: number,
    output: number, outputHeight: number, outputWidth: number, outputChannels: number, low: number, high: number,
    scratch: number, scratchBytes: number, from: number, to: number,
  ): void;
  float32WinogradInput(
    image: number, rowBytes: number, inputChannels: number, tilesAcross: number, transformed: number, inputStride: number,
    scratch: number, from: number, to: number,
  ): void;
  float32WinogradProducts(
    transformed: number, inputStride: number, tileOffsets: number, inputChannels: number, weights: number, zeros: number,
    products: number, outputStride: number, blockChannels: number, tiles: number, from: number, to: number,
  ): void;
  float32WinogradOutput(
    products: number, outputStride: number, blockChannels: number, tilesAcross: number, bias: number,
    output: number, outputHeight: number, outputWidth: number, outputChannels: number, low: number, high: number,
    scratch: number, from: number, to: number,
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
  expandSignPairs(
    image: number, imageStride: number, width: number, words: number, distance: number, pairs: number, pairStride: number,
    slots: number, from: number, to: number,
  ): void;
  xnorConvLookup(record: number, from: number, to: number, scratch: number): void;
  xnorDensePopcount(
    signs: number, signBytes: number, weights: number, limits: number, bases: number, finish: number, output: number,
    channels: number, from: number, to: number, scratch: number,
  ): void;
  expandSigns(
    from: number, to: number, rows: number, width: number, channels: number, toStride: number, multiplier: number,
  ): void;
  affine(
    acc: number, m: number, b: number, output: number, channels: number, low: number, high: number, from: number, to: number,
  ): void;
  requantise(
    acc: number, m: number, b: number, output: number, channels: number,
    zeroPoint: number, low: number, high: number, from: number, to: number,
  ): void;
  clip(input: number, output: number, low: number, high: number, from: number, to: number): void;
  threshold(acc: number, thresholds: number, output: number, channels: number, from: number, to: number): void;
  quantise(input: number, output: number, inverseScale: number, zeroPoint: number, from: number, to: number): void;
  dequantise(input: number, output: number, scale: number, zeroPoint: number, from: number, to: number): void;
  signPackFloat(input: number, thresholds: number, output: number, channels: number, from: number, to: number): void;
  signPackInt8(input: number, thresholds: number, output: number, channels: number, from: number, to: number): void;
  addFloat32(
    a: number, b: number, period: number, output: number, low: number, high: number, from: number, to: number,
  ): void;
  addInt8(
    a: number, b: number, output: number, ratioA: number, zeroA: number, ratioB: number, zeroB: number,
    zeroPoint: number, low: number, high: number, from: number, to: number,
  ): void;
  scaleChannels(input: number, m: number, b: number, output: number, channels: number, from: number, to: number): void;
  relu(input: number, output: number, from: number, to: number): void;
  leakyRelu(input: number, output: number, slope: number, from: number, to: number): void;
  rprelu(input: number, before: number, slope: number, after: number, output: number, channels: number, from: number, to: number): void;
  sigmoid(input: number, output: number, from: number, to: number): void;
  hyperbolicTangent(input: number, output: number, from: number, to: number): void;
  softmax(input: number, output: number, channels: number, from: number, to: number): void;
  maxPoolFloat32: Pool;
  maxPoolInt8: Pool;
  averagePoolFloat32: Pool;
  averagePoolInt8: Pool;
  copyBlocks(input: number, output: number, blockBytes: number, stride: number, from: number, to: number): void;
  gatherBlocks(
    table: number, input: number, output: number, blockBytes: number, padding: number, from: number, to: number,
  ): void;
  maxPoolSigns: Pool;
}

/** Items are output pixels. */
type Pool = (
  input: number, output: number, height: number, width: number, channels: number, outputWidth: number,
  sizeY: number, sizeX: number, strideY: number, strideX: number, padTop: number, padLeft: number, from: number, to: number,
) => void;
