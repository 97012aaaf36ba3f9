import { setFlagsFromString } from 'node:v8';
import type { Build } from '../../core/kernels/load.ts';

// Node 20 has relaxed SIMD behind a flag, which counts from the next compilation on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Builds of the compiled kernels that are tested here. */
export const BUILDS: readonly Build[] = ['simd', 'relaxed'];
