import * as tf from '@tensorflow/tfjs-core';
import type { WeightId } from '../graph/graph.ts';
import type { Parameters } from './network/parameters.ts';
import { replaceValue } from './network/parameters.ts';
import { stepAdam } from './operators/adam.ts';
import { stepMomentum } from './operators/momentum.ts';
import type { OptimiserId } from './recipe.ts';

export interface ApplyOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Weights kept within ±limit. */
  readonly limits: ReadonlyMap<WeightId, number>;
  /** Weights that stay as they are, their state too. */
  readonly frozen?: ReadonlySet<WeightId>;
}

/** What an optimiser remembers between steps, by weight. SGD has no second moment. */
export interface OptimiserState {
  readonly steps: number;
  readonly first: ReadonlyMap<WeightId, Float32Array>;
  readonly second: ReadonlyMap<WeightId, Float32Array>;
}

/** Changes the variables of a network in place, with its state in reach, so that a checkpoint can hold it. */
export interface Optimiser {
  apply(gradients: ReadonlyMap<WeightId, tf.Tensor>, options: ApplyOptions): void;
  /** As if just made. */
  reset(): void;
  state(): OptimiserState;
  /** What the state lacks stays as it is. */
  restore(state: OptimiserState): void;
  dispose(): void;
}

interface StepNumbers {
  readonly learningRate: number;
  /** Counted from 1. */
  readonly step: number;
  readonly weightDecay: number;
  readonly limit: number;
}

/** How one variable steps, and how many tensors of its shape that remembers. */
interface StepRule {
  readonly moments: 1 | 2;
  readonly step: (weights: tf.Variable, gradient: tf.Tensor, moments: readonly tf.Variable[], numbers: StepNumbers) => void;
}

const sgd = (nesterov: boolean): StepRule => ({ moments: 1, step: (weights, gradient, [velocity], numbers) => stepMomentum(weights, gradient, velocity, { ...numbers, nesterov }) });

const RULES: Readonly<Record<OptimiserId, StepRule>> = {
  adam: { moments: 2, step: (weights, gradient, [first, second], numbers) => stepAdam(weights, gradient, first, second, numbers) },
  sgd: sgd(false),
  nesterov: sgd(true),
};

export function createOptimiser(kind: OptimiserId, parameters: Parameters): Optimiser {
  return new RuleOptimiser(parameters, RULES[kind]);
}

class RuleOptimiser implements Optimiser {
  private readonly parameters: Parameters;
  private readonly rule: StepRule;
  private readonly moments = new Map<WeightId, readonly tf.Variable[]>();
  private steps = 0;

  constructor(parameters: Parameters, rule: StepRule) {
    this.parameters = parameters;
    this.rule = rule;
    for (const [id, { shape }] of parameters.variables) {
      const moments = Array.from({ length: rule.moments }, () => {
        const zeros = tf.zeros(shape);
        const moment = tf.variable(zeros, false);
        zeros.dispose();
        return moment;
      });
      this.moments.set(id, moments);
    }
  }

  apply(gradients: ReadonlyMap<WeightId, tf.Tensor>, { learningRate, weightDecay, limits, frozen }: ApplyOptions): void {
    this.steps++;
    for (const [id, gradient] of gradients) {
      if (frozen?.has(id)) continue;
      const variable = this.parameters.variable(id);
      this.rule.step(variable, gradient, this.moments.get(id) ?? [], {
        learningRate,
        step: this.steps,
        // Only kernels decay: thresholds and batch norms have no direction to shrink to.
        weightDecay: variable.shape.length > 1 ? weightDecay : 0,
        limit: limits.get(id) ?? Number.POSITIVE_INFINITY,
      });
    }
  }

  reset(): void {
    this.steps = 0;
    for (const moments of this.moments.values()) for (const moment of moments) replaceValue(moment, new Float32Array(moment.size));
  }

  state(): OptimiserState {
    const read = (index: number): ReadonlyMap<WeightId, Float32Array> =>
      new Map([...this.moments].flatMap(([id, moments]) => (moments[index] ? [[id, (moments[index].dataSync() as Float32Array).slice()] as const] : [])));
    return { steps: this.steps, first: read(0), second: read(1) };
  }

  restore({ steps, first, second }: OptimiserState): void {
    this.steps = steps;
    for (const [id, moments] of this.moments) {
      [first, second].forEach((values, index) => {
        const moment = values.get(id);
        if (moment && moments[index]) replaceValue(moments[index], moment);
      });
    }
  }

  dispose(): void {
    for (const moments of this.moments.values()) for (const moment of moments) moment.dispose();
    this.moments.clear();
  }
}
