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

  /** One that the graph does not know, such as a learned scale. */
  addVariable(id: WeightId, values: Float32Array): tf.Variable {
    const start = tf.tensor1d(values);
    const variable = tf.variable(start);
    start.dispose();
    this.variables.set(id, variable);
    return variable;
  }

  /** One that the graph does not know and no gradient changes. Returns the array that is kept. */
  addStatistic(id: WeightId, values: Float32Array): Float32Array {
    const kept = values.slice();
    this.statistics.set(id, kept);
    return kept;
  }

  /** Every value by weight id, copied, with those that the graph does not know. */
  values(): ReadonlyMap<WeightId, Float32Array> {
    const result = new Map<WeightId, Float32Array>();
    for (const [id, variable] of this.variables) result.set(id, (variable.dataSync() as Float32Array).slice());
    for (const [id, values] of this.statistics) result.set(id, values.slice());
    return result;
  }

  toModel(): Model {
    const values = this.values();
    return { graph: this.graph, weights: new Map(Object.keys(this.graph.weights).map((id) => [id, values.get(id) as Float32Array])) };
  }

  restore(values: ReadonlyMap<WeightId, Float32Array>): void {
    for (const [id, array] of values) {
      const variable = this.variables.get(id);
      if (variable) replaceValue(variable, array);
      else this.statistics.get(id)?.set(array);
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
