import type { TrainingKernels } from '../kernels/training-kernels.ts';

let active: TrainingKernels | null = null;

/** The compiled kernels of the running backend; null before it starts and where there are none. */
export function trainingKernels(): TrainingKernels | null {
  return active;
}

/** Tests and benchmarks put others in place, or null for the plain loops. Returns what was there. */
export function setTrainingKernels(kernels: TrainingKernels | null): TrainingKernels | null {
  const before = active;
  active = kernels;
  return before;
}
