import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { changeVariables } from './in-place.ts';

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
  changeVariables(
    [weights, velocity],
    (kernels, [ofWeights, ofVelocity]) => {
      const { learningRate, weightDecay, limit, nesterov } = attributes;
      // Of the step, the share of the gradient and that of the new velocity.
      const shares = nesterov ? [learningRate, learningRate * MOMENTUM] : [0, learningRate];
      kernels.run({ export: 'momentumStep', args: [ofWeights, kernels.addressOf(gradient), ofVelocity, MOMENTUM, ...shares, weightDecay, limit], items: weights.size, grain: 1024 });
    },
    () => apply(momentum, [weights, gradient, velocity], attributes),
  );
}

export const MOMENTUM_OPERATORS = [momentum] as const;
