import type { TrainingKernels } from '../training-kernels.ts';
import type { ConvolutionPassName, ConvolutionShape } from './shape.ts';

/**
 * One way to compute a pass of a convolution. `first` and `second` are byte addresses of what the pass reads: input and filter
 * (forward), dy and filter (inputGradient), input and dy (filterGradient); `result` that of what it fills.
 */
export interface ConvolutionPass {
  readonly applies: (shape: ConvolutionShape) => boolean;
  /** Multiply-adds of the best kernel that would take as long. */
  readonly cost: (shape: ConvolutionShape) => number;
  readonly run: (kernels: TrainingKernels, shape: ConvolutionShape, first: number, second: number, result: number) => void;
}

export type ConvolutionKernel = Readonly<Record<ConvolutionPassName, ConvolutionPass>> & { readonly name: string };
