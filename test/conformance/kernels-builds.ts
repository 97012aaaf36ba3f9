import { setFlagsFromString } from 'node:v8';
import type { LayerKernel } from '../../core/kernels/kernel.ts';
import type { Build } from '../../core/kernels/load.ts';

// Node 20 has relaxed SIMD behind a flag, which counts from the next compilation on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Builds to test a kernel in; for a reference kernel the build does not matter. */
export function buildsOf({ variant, needs }: LayerKernel): readonly Build[] {
  if (needs) return [needs];
  return variant === 'wasm' ? ['simd', 'relaxed'] : ['simd'];
}
