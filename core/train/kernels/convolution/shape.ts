/** A convolution of a batch, NHWC, without dilation. Pads below and to the right follow from the output's size. */
export interface ConvolutionShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
}

export type ConvolutionPassName = 'forward' | 'inputGradient' | 'filterGradient';

/** Rows and columns of an image with all that its windows reach. */
export function paddedSize(s: ConvolutionShape): { readonly height: number; readonly width: number } {
  return {
    height: Math.max((s.outputHeight - 1) * s.strideY + s.filterHeight, s.padTop + s.height),
    width: Math.max((s.outputWidth - 1) * s.strideX + s.filterWidth, s.padLeft + s.width),
  };
}

/** Whole tiles of a product: columns are multiplied by eights, rows of a sum of outer products by fours. */
export const eights = (count: number): number => Math.ceil(count / 8) * 8;
export const fours = (count: number): number => Math.ceil(count / 4) * 4;
/** Whole cache lines. */
export const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Memory that all partial sums of a gradient may take together. */
const PARTIALS_BYTES = 2 ** 22;
const MOST_CHUNKS = 16;

/** Runs that a sum over `count` things is made in: by the shape alone, so that threads never change a bit of it. */
export function chunksOf(count: number, partialBytes: number): number {
  return Math.max(1, Math.min(count, MOST_CHUNKS, Math.floor(PARTIALS_BYTES / partialBytes)));
}
