import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { trainingKernels } from '../backend/active-kernels.ts';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';

interface MomentumStep {
  readonly learningRate: number;
  /** Added to the gradient as weightDecay · w, as in PyTorch's SGD. */
  readonly weightDecay: number;
  /** Latent weights are kept within ±limit; Infinity where they are free. */
  readonly limit: number;
  readonly nesterov: boolean;
}

const MOMENTUM = 0.9;

/** v ← 0.9·v + g; w ← w − rate·v, with Nesterov's momentum w − rate·(g + 0.9·v) (Sutskever et al. 2013, §2, as PyTorch has it). */
const momentum: ArrayOperator<MomentumStep> = {
  name: 'Momentum',
  outputs: ([weights]) => [weights, weights],
  run: ([weights, gradient, velocity], [newWeights, newVelocity], { learningRate, weightDecay, limit, nesterov }) => {
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] + weightDecay * weights[i];
      const v = MOMENTUM * velocity[i] + g;
      newVelocity[i] = v;
      const moved = weights[i] - learningRate * (nesterov ? g + MOMENTUM * v : v);
      newWeights[i] = moved > limit ? limit : moved < -limit ? -limit : moved;
    }
  },
};

/** Weights and velocity after one step, in the same variables. */
export function stepMomentum(weights: Variable, gradient: Tensor, velocity: Variable, attributes: MomentumStep): void {
  const kernels = trainingKernels();
  const variables = [weights, velocity];
  if (kernels && variables.every(({ dataId }) => kernels.backend.refCount(dataId) === 1)) {
    const { learningRate, weightDecay, limit, nesterov } = attributes;
    // Of the step, the share of the gradient and that of the new velocity.
    const shares = nesterov ? [learningRate, learningRate * MOMENTUM] : [0, learningRate];
    const args = [...[weights, gradient, velocity].map(kernels.addressOf), MOMENTUM, ...shares, weightDecay, limit];
    kernels.run({ export: 'momentumStep', args, items: weights.size, grain: 1024 });
    kernels.written(weights);
    return;
  }
  const results = apply(momentum, [weights, gradient, velocity], attributes);
  variables.forEach((variable, i) => {
    variable.assign(results[i]);
    results[i].dispose();
  });
}

export const MOMENTUM_OPERATORS = [momentum] as const;
