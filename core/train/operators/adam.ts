import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { apply, type ArrayOperator } from '../backend/array-kernel.ts';
import { changeVariables } from './in-place.ts';

export interface AdamStep {
  readonly learningRate: number;
  /** Counted from 1. */
  readonly step: number;
  readonly weightDecay: number;
  /** Latent weights are kept within ±limit; Infinity where they are free. */
  readonly limit: number;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Kingma and Ba 2015, algorithm 1, with decoupled weight decay (Loshchilov and Hutter 2019). */
const adam: ArrayOperator<AdamStep> = {
  name: 'Adam',
  outputs: ([weights]) => [weights, weights, weights],
  run: ([weights, gradient, first, second], [newWeights, newFirst, newSecond], { learningRate, step, weightDecay, limit }) => {
    const correctFirst = 1 / (1 - BETA_1 ** step);
    const correctSecond = 1 / (1 - BETA_2 ** step);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i];
      const m = BETA_1 * first[i] + (1 - BETA_1) * g;
      const v = BETA_2 * second[i] + (1 - BETA_2) * g * g;
      newFirst[i] = m;
      newSecond[i] = v;
      const moved = weights[i] - learningRate * ((m * correctFirst) / (Math.sqrt(v * correctSecond) + EPSILON) + weightDecay * weights[i]);
      newWeights[i] = moved > limit ? limit : moved < -limit ? -limit : moved;
    }
  },
};

/** Weights and both moments after one step, in the same variables. */
export function stepAdam(weights: Variable, gradient: Tensor, first: Variable, second: Variable, attributes: AdamStep): void {
  changeVariables(
    [weights, first, second],
    (kernels, [ofWeights, ofFirst, ofSecond]) => {
      const { learningRate, step, weightDecay, limit } = attributes;
      const factors = [BETA_1, BETA_2, learningRate / (1 - BETA_1 ** step), 1 / (1 - BETA_2 ** step), EPSILON, learningRate * weightDecay, limit];
      kernels.run({ export: 'adamStep', args: [ofWeights, kernels.addressOf(gradient), ofFirst, ofSecond, ...factors], items: weights.size, grain: 1024 });
    },
    () => apply(adam, [weights, gradient, first, second], attributes),
  );
}

export const ADAM_OPERATORS = [adam] as const;
