import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { trainingKernels } from '../backend/active-kernels.ts';
import type { TrainingKernels } from '../kernels/training-kernels.ts';

/**
 * New values for variables: written where the old ones lie by `inPlace`, which gets their addresses, or made by `anew`, one tensor a
 * variable, where there are no compiled kernels or a variable shares its memory. The first variable is the one that others read.
 */
export function changeVariables(variables: readonly Variable[], inPlace: (kernels: TrainingKernels, addresses: readonly number[]) => void, anew: () => readonly Tensor[]): void {
  const kernels = trainingKernels();
  if (kernels && variables.every(({ dataId }) => kernels.backend.refCount(dataId) === 1)) {
    inPlace(kernels, variables.map(kernels.addressOf));
    kernels.written(variables[0]);
    return;
  }
  const results = anew();
  variables.forEach((variable, i) => {
    variable.assign(results[i]);
    results[i].dispose();
  });
}
