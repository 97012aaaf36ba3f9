import { StudioError } from '../base/errors.ts';
import { float32ConvReference } from './float32-conv/reference.ts';
import { float32ConvSimd } from './float32-conv/wasm.ts';
import { float32DepthwiseReference } from './float32-depthwise/reference.ts';
import { float32Depthwise3x3Simd, float32DepthwiseSimd } from './float32-depthwise/wasm.ts';
import { float32WinogradSimd } from './float32-winograd/wasm.ts';
import { integerConvReference } from './integer-conv/reference.ts';
import { integerConvSimd } from './integer-conv/wasm.ts';
import { integerDepthwiseReference } from './integer-depthwise/reference.ts';
import { integerDepthwiseSimd } from './integer-depthwise/wasm.ts';
import type { Arithmetic, LayerGeometry, LayerKernel } from './kernel.ts';
import { xnorDensePopcount } from './xnor-conv/dense-popcount.ts';
import { xnorConvLookup } from './xnor-conv/lookup.ts';
import { xnorConvPopcnt64 } from './xnor-conv/popcount.ts';
import { xnorConvReference } from './xnor-conv/reference.ts';
import { xnorDepthwiseReference } from './xnor-depthwise/reference.ts';
import { xnorDepthwiseSimd } from './xnor-depthwise/wasm.ts';

/** Every kernel, the faster first among those that compute the same. */
export const KERNELS: readonly LayerKernel[] = [
  float32WinogradSimd,
  float32ConvSimd,
  float32Depthwise3x3Simd,
  float32DepthwiseSimd,
  integerConvSimd,
  integerDepthwiseSimd,
  xnorDensePopcount,
  xnorConvLookup,
  xnorConvPopcnt64,
  xnorDepthwiseSimd,
  float32ConvReference,
  float32DepthwiseReference,
  integerConvReference,
  integerDepthwiseReference,
  xnorConvReference,
  xnorDepthwiseReference,
];

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
