import type { LayerGeometry } from './kernel.ts';

/** Where a fast kernel finds each patch in a (possibly padded) image whose pixels are `pixelBytes` apart. */
export interface ImagePlan {
  readonly imageBytes: number;
  readonly rowBytes: number;
  /** Where the unpadded input begins in the image. */
  readonly interiorOffset: number;
  /** False when the input itself can be read in place. */
  readonly padded: boolean;
  /** Byte offset of the top left tap of every output pixel. */
  readonly pixelOffsets: Int32Array;
  /** Byte offset of every tap from the top left one, row by row. */
  readonly tapOffsets: Int32Array;
  /** Runs of `tapsPerSegment` taps that lie side by side in memory. */
  readonly segmentOffsets: Int32Array;
  readonly tapsPerSegment: number;
}

/** The fewest rows or columns that hold both the padded input and every tap of every output. */
function extent(input: number, before: number, output: number, stride: number, kernel: number, dilation: number): number {
  return Math.max(before + input, (output - 1) * stride + (kernel - 1) * dilation + 1);
}

export function planImage(g: LayerGeometry, pixelBytes: number): ImagePlan {
  const height = extent(g.inputHeight, g.padTop, g.outputHeight, g.strideY, g.kernelHeight, g.dilationY);
  const width = extent(g.inputWidth, g.padLeft, g.outputWidth, g.strideX, g.kernelWidth, g.dilationX);
  const rowBytes = width * pixelBytes;

  const pixelOffsets = new Int32Array(g.outputHeight * g.outputWidth);
  for (let y = 0; y < g.outputHeight; y++) {
    for (let x = 0; x < g.outputWidth; x++) {
      pixelOffsets[y * g.outputWidth + x] = y * g.strideY * rowBytes + x * g.strideX * pixelBytes;
    }
  }
  const tapOffsets = new Int32Array(g.kernelHeight * g.kernelWidth);
  for (let y = 0; y < g.kernelHeight; y++) {
    for (let x = 0; x < g.kernelWidth; x++) {
      tapOffsets[y * g.kernelWidth + x] = y * g.dilationY * rowBytes + x * g.dilationX * pixelBytes;
    }
  }
  const tapsPerSegment = g.dilationX === 1 ? g.kernelWidth : 1;
  return {
    imageBytes: height * rowBytes,
    rowBytes,
    interiorOffset: g.padTop * rowBytes + g.padLeft * pixelBytes,
    padded: height !== g.inputHeight || width !== g.inputWidth,
    pixelOffsets,
    tapOffsets,
    segmentOffsets: tapOffsets.filter((_, tap) => tap % tapsPerSegment === 0),
    tapsPerSegment,
  };
}
