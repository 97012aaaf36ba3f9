import { packPanels, panelFloats } from '../matrix/panels.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';
import { products } from './direct.ts';
import { aligned, chunksOf, eights, fours, paddedSize, type ConvolutionShape } from './shape.ts';

/** Bytes of a last panel of fewer than eight columns; the same number stands in assembly/strided-rows.ts. */
const REST_BYTES = 48 * 32;
/** Written behind a strip; likewise in assembly/strips.ts. */
const BEHIND_STRIP_BYTES = 64;
/** Outputs that are summed at a time, in whole rows. */
const BLOCK_PIXELS = 128;

const geometryOf = (s: ConvolutionShape, padded: { readonly height: number; readonly width: number }): readonly number[] => [
  s.height, s.width, s.channels, padded.height, padded.width, s.padTop, s.padLeft, s.strideY, s.strideX, s.filterHeight, s.filterWidth,
];

function runForward(kernels: TrainingKernels, s: ConvolutionShape, input: number, filter: number, output: number): void {
  const terms = s.filterHeight * s.filterWidth * s.channels;
  const padded = paddedSize(s);
  const panels = kernels.workspace('panels', panelFloats(terms, s.outputChannels) * 4);
  const taps = Array.from({ length: s.filterWidth * s.filterHeight }, (_, i) => {
    const y = i % s.filterHeight;
    const x = Math.floor(i / s.filterHeight);
    return (y * s.filterWidth + x) * s.channels * s.outputChannels;
  });
  packPanels(kernels, { address: filter, taps, inner: s.channels, innerStride: s.outputChannels, columns: s.outputChannels, columnStride: 1 }, panels);
  kernels.run({
    export: 'convolutionStripsForward',
    args: [input, ...geometryOf(s, padded), panels, output, s.outputHeight, s.outputWidth, s.outputChannels],
    items: s.batch,
    scratchBytes: REST_BYTES + aligned(padded.height * padded.width * s.channels * 4 + 16) + padded.width * s.filterHeight * s.channels * 4 + BEHIND_STRIP_BYTES,
  });
}

function runFilterGradient(kernels: TrainingKernels, s: ConvolutionShape, input: number, dy: number, gradient: number): void {
  const padded = paddedSize(s);
  const rowBytes = eights(s.outputChannels) * 4;
  const partialBytes = fours(s.filterHeight * s.filterWidth * s.channels) * rowBytes;
  const chunks = chunksOf(s.batch, partialBytes);
  const partials = kernels.workspace('partials', chunks * partialBytes);
  const blockRows = Math.max(1, Math.min(s.outputHeight, Math.floor(BLOCK_PIXELS / s.outputWidth)));
  kernels.run({
    export: 'convolutionStripsGradient',
    args: [input, ...geometryOf(s, padded), dy, s.outputHeight, s.outputWidth, s.outputChannels, s.batch, chunks, blockRows, partials],
    items: chunks,
    scratchBytes:
      aligned(blockRows * s.outputWidth * 4) + aligned(padded.height * padded.width * s.channels * 4 + 16) +
      blockRows * padded.width * s.filterHeight * s.channels * 4 + BEHIND_STRIP_BYTES,
  });
  // Terms of a strip are in the order x, y, channel; those of a filter y, x, channel.
  for (let y = 0; y < s.filterHeight; y++) {
    const run = s.filterWidth * s.channels;
    kernels.run({
      export: 'addPartials',
      args: [
        partials + y * s.channels * rowBytes, partialBytes, chunks, s.channels, s.filterHeight * s.channels * rowBytes, rowBytes,
        gradient + y * run * s.outputChannels * 4, s.outputChannels,
      ],
      items: run,
    });
  }
}

/** Where a strip is written four floats at a time. */
const MOST_CHANNELS = 4;
const applies = (s: ConvolutionShape): boolean => s.channels <= MOST_CHANNELS && (s.filterHeight > 1 || s.filterWidth > 1);

/** Few channels: rows are turned so that a patch is a single run, since tiles waste much of a run of a few floats. */
export const stripConvolution: ConvolutionKernel = {
  name: 'strips',
  plainSums: true,
  forward: { applies, cost: (s) => (s.channels === 1 ? 0.9 : 1.2) * products(s), run: runForward },
  // No layer of few channels needs it but the first, whose input has no gradient.
  inputGradient: { applies: () => false, cost: products, run: () => {} },
  filterGradient: { applies, cost: (s) => 0.8 * products(s), run: runFilterGradient },
};
