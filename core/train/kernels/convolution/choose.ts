import { StudioError } from '../../../base/errors.ts';
import { pointwiseConvolution } from '../matrix/pointwise.ts';
import { winogradOfEight, winogradOfSix } from '../winograd/winograd.ts';
import type { ConvolutionKernel, ConvolutionPass } from './convolution-kernel.ts';
import { directConvolution } from './direct.ts';
import type { ConvolutionPassName, ConvolutionShape } from './shape.ts';
import { stripConvolution } from './strips.ts';

/** All of them; the first of equal cost is taken. */
export const CONVOLUTION_KERNELS = [pointwiseConvolution, winogradOfEight, winogradOfSix, stripConvolution, directConvolution] as const satisfies readonly ConvolutionKernel[];

let forced: string | null = null;

/** Tests and benchmarks: the kernel of this name wherever it applies; null for the cheapest. */
export function forceConvolution(name: string | null): void {
  if (name !== null && !CONVOLUTION_KERNELS.some((kernel) => kernel.name === name)) {
    throw new StudioError(`There is no convolution kernel called ${name}.`, { next: `Choose one of: ${CONVOLUTION_KERNELS.map((kernel) => kernel.name).join(', ')}.` });
  }
  forced = name;
}

let plainSumsOnly = false;

/** While `run` computes, sums are plain ones: what is judged beside the deployed network should round where that does. */
export function withPlainSums<T>(run: () => T): T {
  const before = plainSumsOnly;
  plainSumsOnly = true;
  try {
    return run();
  } finally {
    plainSumsOnly = before;
  }
}

/** The kernel that takes the least time for a pass of this shape. */
export function chooseConvolution(shape: ConvolutionShape, pass: ConvolutionPassName): ConvolutionPass {
  const fitting = CONVOLUTION_KERNELS.filter((kernel) => kernel[pass].applies(shape) && (kernel.plainSums || !plainSumsOnly));
  const named = fitting.find((kernel) => kernel.name === forced);
  const best = named ?? fitting.reduce((a, b) => (b[pass].cost(shape) < a[pass].cost(shape) ? b : a));
  return best[pass];
}
