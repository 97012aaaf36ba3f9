import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../../base/errors.ts';
import type { Graph, Model, WeightId } from '../../graph/graph.ts';

/** Slots that batch statistics fill; every other weight is trained by its gradient. */
const STATISTICS = new Set(['mean', 'variance']);

/** The numbers of a network in training: variables on the backend, batch norm statistics as arrays. */
export class Parameters {
  readonly variables = new Map<WeightId, tf.Variable>();
  readonly statistics = new Map<WeightId, Float32Array>();
  private readonly graph: Graph;

  constructor({ graph, weights }: Model) {
    this.graph = graph;
    for (const node of graph.nodes) {
      for (const [slot, id] of Object.entries(node.weights)) {
        const values = weights.get(id);
        if (!values) throw new StudioError(`The ${slot} of ${node.id} has no values.`, { where: node.id });
        if (STATISTICS.has(slot)) this.statistics.set(id, values.slice());
        else if (!this.variables.has(id)) {
          const start = tf.tensor(values, [...graph.weights[id].shape]);
          this.variables.set(id, tf.variable(start));
          start.dispose();
        }
      }
    }
  }

  variable(id: WeightId): tf.Variable {
    const found = this.variables.get(id);
    if (!found) throw new StudioError(`The weight "${id}" is not one that training changes.`, { where: id });
    return found;
  }

  statistic(id: WeightId): Float32Array {
    const found = this.statistics.get(id);
    if (!found) throw new StudioError(`The statistics "${id}" do not exist.`, { where: id });
    return found;
  }

  /** Every value by weight id, copied. */
  values(): ReadonlyMap<WeightId, Float32Array> {
    const result = new Map<WeightId, Float32Array>();
    for (const id of Object.keys(this.graph.weights)) {
      const variable = this.variables.get(id);
      result.set(id, variable ? (variable.dataSync() as Float32Array).slice() : this.statistic(id).slice());
    }
    return result;
  }

  toModel(): Model {
    return { graph: this.graph, weights: this.values() };
  }

  restore(values: ReadonlyMap<WeightId, Float32Array>): void {
    for (const [id, array] of values) {
      const variable = this.variables.get(id);
      if (variable) replaceValue(variable, array);
      else this.statistic(id).set(array);
    }
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
  }
}

/** A variable takes over a new tensor; XNNPACK keeps packed weights by tensor, so writing in place would go unseen. */
export function replaceValue(variable: tf.Variable, values: Float32Array): void {
  const next = tf.tensor(values, variable.shape);
  variable.assign(next);
  next.dispose();
}
