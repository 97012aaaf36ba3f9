import { packPanels, panelFloats } from '../matrix/panels.ts';
import { blockOf } from '../matrix/product.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';
import { aligned, chunksOf, eights, fours, paddedSize, type ConvolutionShape } from './shape.ts';

const always = (): boolean => true;
/** Multiply-adds of a pass. */
export const products = (s: ConvolutionShape): number => s.batch * s.outputHeight * s.outputWidth * s.filterHeight * s.filterWidth * s.channels * s.outputChannels;

function runForward(kernels: TrainingKernels, s: ConvolutionShape, input: number, filter: number, output: number): void {
  const terms = s.filterHeight * s.filterWidth * s.channels;
  const padded = paddedSize(s);
  const panels = kernels.workspace('panels', panelFloats(terms, s.outputChannels) * 4);
  packPanels(kernels, { address: filter, inner: terms, innerStride: s.outputChannels, columns: s.outputChannels, columnStride: 1 }, panels);
  kernels.run({
    export: 'convolutionForward',
    args: [
      input, s.height, s.width, s.channels, padded.height, padded.width, s.padTop, s.padLeft, s.strideY, s.strideX, s.filterHeight, s.filterWidth,
      panels, output, s.outputHeight, s.outputWidth, s.outputChannels,
    ],
    items: s.batch,
    scratchBytes:
      aligned(s.outputHeight * s.outputWidth * 4) + aligned(s.filterHeight * 4) + aligned(padded.height * padded.width * s.channels * 4),
  });
}

function runFilterGradient(kernels: TrainingKernels, s: ConvolutionShape, input: number, dy: number, gradient: number): void {
  const run = s.filterWidth * s.channels;
  const padded = paddedSize(s);
  const rowBytes = eights(s.outputChannels) * 4;
  const groupBytes = fours(run) * rowBytes;
  const partialBytes = s.filterHeight * groupBytes;
  const chunks = chunksOf(s.batch, partialBytes);
  const partials = kernels.workspace('partials', chunks * partialBytes);
  const block = blockOf(s.channels * s.strideX, s.outputChannels);
  kernels.run({
    export: 'convolutionFilterGradient',
    args: [
      input, s.height, s.width, s.channels, padded.height, padded.width, s.padTop, s.padLeft, s.strideY, s.strideX, s.filterHeight, s.filterWidth,
      dy, s.outputHeight, s.outputWidth, s.outputChannels, s.batch, chunks, block, partials,
    ],
    items: chunks,
    scratchBytes:
      aligned(s.outputHeight * s.outputWidth * 4) + aligned(padded.height * padded.width * s.channels * 4 + 64) + block * 32,
  });
  kernels.run({
    export: 'addPartials',
    args: [partials, partialBytes, chunks, run, groupBytes, rowBytes, gradient, s.outputChannels],
    items: s.filterHeight * run,
  });
}

/** The taps that pixels of phase `phase` see along one axis, from last to first, and where their first output lies. */
function phaseOf(phase: number, stride: number, pad: number, taps: number): { readonly taps: readonly number[]; readonly first: number } {
  const tap = (phase + pad) % stride;
  const seen = Array.from({ length: tap < taps ? Math.ceil((taps - tap) / stride) : 0 }, (_, i) => tap + i * stride).toReversed();
  return { taps: seen, first: (phase + pad - tap) / stride - (seen.length - 1) };
}

interface Axis {
  readonly phases: readonly ReturnType<typeof phaseOf>[];
  /** Zeros before the gradients, and their number with those before and after. */
  readonly before: number;
  readonly padded: number;
}

function axisOf(size: number, outputs: number, stride: number, pad: number, taps: number): Axis {
  const phases = Array.from({ length: stride }, (_, phase) => phaseOf(phase, stride, pad, taps));
  const before = Math.max(0, ...phases.map(({ first }) => -first));
  const ends = phases.map(({ first, taps: seen }, phase) => first + seen.length - 1 + Math.ceil((size - phase) / stride));
  return { phases, before, padded: before + Math.max(outputs, ...ends) };
}

function runInputGradient(kernels: TrainingKernels, s: ConvolutionShape, dy: number, filter: number, dx: number): void {
  const vertical = axisOf(s.height, s.outputHeight, s.strideY, s.padTop, s.filterHeight);
  const horizontal = axisOf(s.width, s.outputWidth, s.strideX, s.padLeft, s.filterWidth);
  const panels = kernels.workspace('panels', panelFloats(s.filterHeight * s.filterWidth * s.outputChannels, s.channels) * 4);
  let next = panels;
  for (const [phaseY, down] of vertical.phases.entries()) {
    for (const [phaseX, across] of horizontal.phases.entries()) {
      // Where a stride is larger than the image, some phases have no pixels.
      if (phaseY >= s.height || phaseX >= s.width) continue;
      const taps = down.taps.flatMap((y) => across.taps.map((x) => (y * s.filterWidth + x) * s.channels * s.outputChannels));
      if (taps.length === 0) continue;
      packPanels(kernels, { address: filter, taps, inner: s.outputChannels, innerStride: 1, columns: s.channels, columnStride: s.outputChannels }, next);
      next += panelFloats(taps.length * s.outputChannels, s.channels) * 4;
    }
  }
  const phasePixels = Math.ceil(s.height / s.strideY) * Math.ceil(s.width / s.strideX);
  kernels.run({
    export: 'convolutionInputGradient',
    args: [
      dy, s.outputHeight, s.outputWidth, s.outputChannels, vertical.padded, horizontal.padded, vertical.before, horizontal.before,
      s.strideY, s.strideX, s.padTop, s.padLeft, s.filterHeight, s.filterWidth, panels, dx, s.height, s.width, s.channels,
    ],
    items: s.batch,
    scratchBytes:
      aligned(phasePixels * 4) + aligned(s.filterHeight * 4) + aligned(vertical.padded * horizontal.padded * s.outputChannels * 4) +
      aligned(phasePixels * s.channels * 4),
  });
}

/** Any convolution: patches are read where they lie in the padded image. */
export const directConvolution: ConvolutionKernel = {
  name: 'direct',
  plainSums: true,
  forward: { applies: always, cost: products, run: runForward },
  inputGradient: { applies: always, cost: products, run: runInputGradient },
  filterGradient: { applies: always, cost: products, run: runFilterGradient },
};
