import type { StageKernels } from '../kernel.ts';
import type { KernelProgram } from '../program.ts';

export function createStagesSimd(program: KernelProgram): StageKernels {
  const { affine, requantise, threshold, quantise, dequantise, clip, maxPoolSigns, signPackFloat, signPackInt8 } = program;
  return { variant: 'wasm', affine, requantise, threshold, quantise, dequantise, clip, maxPoolSigns, signPackFloat, signPackInt8 };
}
