import * as tf from '@tensorflow/tfjs-core';
import type { WeightId } from '../graph/graph.ts';
import type { Parameters } from './network/parameters.ts';
import { replaceValue } from './network/parameters.ts';
import { stepAdam } from './operators/adam.ts';

interface Moments {
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

export interface ApplyOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Weights kept within ±limit. */
  readonly limits: ReadonlyMap<WeightId, number>;
}

/** Adam over the variables of a network, with its state in reach, so that a checkpoint can hold it. */
export class AdamOptimiser {
  private readonly parameters: Parameters;
  private readonly moments = new Map<WeightId, Moments>();
  private steps = 0;

  constructor(parameters: Parameters) {
    this.parameters = parameters;
    for (const [id, variable] of parameters.variables) {
      const make = (): tf.Variable => {
        const zeros = tf.zeros(variable.shape);
        const moment = tf.variable(zeros, false);
        zeros.dispose();
        return moment;
      };
      this.moments.set(id, { first: make(), second: make() });
    }
  }

  apply(gradients: ReadonlyMap<WeightId, tf.Tensor>, options: ApplyOptions): void {
    this.steps++;
    for (const [id, gradient] of gradients) {
      const { first, second } = this.moments.get(id) as Moments;
      const variable = this.parameters.variable(id);
      const limit = options.limits.get(id) ?? Number.POSITIVE_INFINITY;
      // Only kernels decay: thresholds and batch norms have no direction to shrink to.
      const weightDecay = variable.shape.length > 1 ? options.weightDecay : 0;
      const attributes = { learningRate: options.learningRate, step: this.steps, weightDecay, limit };
      stepAdam(variable, gradient, first, second, attributes);
    }
  }

  /** As if just made. */
  reset(): void {
    this.steps = 0;
    for (const { first, second } of this.moments.values()) {
      replaceValue(first, new Float32Array(first.size));
      replaceValue(second, new Float32Array(second.size));
    }
  }

  state(): { readonly steps: number; readonly first: ReadonlyMap<WeightId, Float32Array>; readonly second: ReadonlyMap<WeightId, Float32Array> } {
    const read = (pick: (moments: Moments) => tf.Variable): ReadonlyMap<WeightId, Float32Array> =>
      new Map([...this.moments].map(([id, moments]) => [id, (pick(moments).dataSync() as Float32Array).slice()]));
    return { steps: this.steps, first: read(({ first }) => first), second: read(({ second }) => second) };
  }

  restore(state: ReturnType<AdamOptimiser['state']>): void {
    this.steps = state.steps;
    for (const [id, { first, second }] of this.moments) {
      const values = state.first.get(id);
      const squares = state.second.get(id);
      if (values) replaceValue(first, values);
      if (squares) replaceValue(second, squares);
    }
  }

  dispose(): void {
    for (const { first, second } of this.moments.values()) {
      first.dispose();
      second.dispose();
    }
    this.moments.clear();
  }
}
