import { StudioError } from '../base/errors.ts';
import { binaryConvLookup } from './binary-conv/wasm.ts';
import { fewCodeConvRelaxed } from './few-code-conv/wasm.ts';
import { float32ConvReference } from './float32-conv/reference.ts';
import { float32ConvSimd } from './float32-conv/wasm.ts';
import { float32DepthwiseReference } from './float32-depthwise/reference.ts';
import { float32DepthwiseSimd } from './float32-depthwise/wasm.ts';
import { integerConvReference } from './integer-conv/reference.ts';
import { integerConvSimd } from './integer-conv/wasm.ts';
import { integerDepthwiseReference } from './integer-depthwise/reference.ts';
import { integerDepthwiseSimd } from './integer-depthwise/wasm.ts';
import type { LayerGeometry, LayerKernel, LayerParameters } from './kernel.ts';
import { xnorConvReference } from './xnor-conv/reference.ts';
import { xnorConvPopcnt64 } from './xnor-conv/wasm.ts';
import { xnorDepthwiseReference } from './xnor-depthwise/reference.ts';
import { xnorDepthwiseSimd } from './xnor-depthwise/wasm.ts';

/** Every kernel, the faster first among those that compute the same. */
export const KERNELS: readonly LayerKernel[] = [
  float32ConvSimd,
  float32DepthwiseSimd,
  binaryConvLookup,
  fewCodeConvRelaxed,
  integerConvSimd,
  integerDepthwiseSimd,
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
  parameters: LayerParameters,
): LayerKernel {
  const kernel = engine.kernels.find((candidate) => {
    if (candidate.arithmetic !== parameters.arithmetic || candidate.pays?.(geometry) === false) return false;
    return candidate.supports(geometry, parameters);
  });
  if (!kernel) throw new StudioError(`There is no kernel for a ${parameters.arithmetic} ${geometry.op} layer.`);
  return kernel;
}
