import { StudioError } from '../base/errors.ts';
import { float32ConvReference } from './float32-conv/reference.ts';
import { createFloat32Conv, FLOAT32_CONV_SIMD } from './float32-conv/wasm.ts';
import { float32DepthwiseReference } from './float32-depthwise/reference.ts';
import { createFloat32Depthwise, FLOAT32_DEPTHWISE_SIMD } from './float32-depthwise/wasm.ts';
import { integerConvReference } from './integer-conv/reference.ts';
import { createIntegerConv, INTEGER_CONV_SIMD } from './integer-conv/wasm.ts';
import { integerDepthwiseReference } from './integer-depthwise/reference.ts';
import { createIntegerDepthwise, INTEGER_DEPTHWISE_SIMD } from './integer-depthwise/wasm.ts';
import type { Arithmetic, LayerGeometry, LayerKernel } from './kernel.ts';
import type { KernelProgram } from './program.ts';
import { xnorConvReference } from './xnor-conv/reference.ts';
import { createXnorConv, XNOR_CONV_POPCNT64 } from './xnor-conv/wasm.ts';
import { xnorDepthwiseReference } from './xnor-depthwise/reference.ts';
import { createXnorDepthwise, XNOR_DEPTHWISE_SIMD } from './xnor-depthwise/wasm.ts';

export type KernelRow =
  | { readonly id: string; readonly arithmetic: Arithmetic; readonly variant: 'reference'; readonly kernel: LayerKernel }
  | {
      readonly id: string;
      readonly arithmetic: Arithmetic;
      readonly variant: 'wasm';
      readonly create: (program: KernelProgram) => LayerKernel;
    };

/** Every kernel, the faster first among those that compute the same. */
export const KERNELS: readonly KernelRow[] = [
  { id: FLOAT32_CONV_SIMD, arithmetic: 'float32', variant: 'wasm', create: createFloat32Conv },
  { id: FLOAT32_DEPTHWISE_SIMD, arithmetic: 'float32', variant: 'wasm', create: createFloat32Depthwise },
  { id: INTEGER_CONV_SIMD, arithmetic: 'integer', variant: 'wasm', create: createIntegerConv },
  { id: INTEGER_DEPTHWISE_SIMD, arithmetic: 'integer', variant: 'wasm', create: createIntegerDepthwise },
  { id: XNOR_CONV_POPCNT64, arithmetic: 'xnor', variant: 'wasm', create: createXnorConv },
  { id: XNOR_DEPTHWISE_SIMD, arithmetic: 'xnor', variant: 'wasm', create: createXnorDepthwise },
  reference(float32ConvReference),
  reference(float32DepthwiseReference),
  reference(integerConvReference),
  reference(integerDepthwiseReference),
  reference(xnorConvReference),
  reference(xnorDepthwiseReference),
];

function reference(kernel: LayerKernel): KernelRow {
  return { id: kernel.id, arithmetic: kernel.arithmetic, variant: 'reference', kernel };
}

/** The first kernel of the engine, hence the fastest, that computes such a layer. */
export function chooseKernel(
  engine: { readonly kernels: readonly LayerKernel[] },
  geometry: LayerGeometry,
  arithmetic: Arithmetic,
): LayerKernel {
  const kernel = engine.kernels.find((candidate) => candidate.arithmetic === arithmetic && candidate.supports(geometry));
  if (!kernel) throw new StudioError(`There is no kernel for a ${arithmetic} ${geometry.op} layer.`);
  return kernel;
}
