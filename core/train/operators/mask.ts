import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { combineTensors } from './formula.ts';

/** Multiplies a variable by a mask of 0 and 1. */
export function keepMasked(variable: Variable, mask: Tensor): void {
  const masked = combineTensors('multiply', variable, mask);
  variable.assign(masked);
  masked.dispose();
}
