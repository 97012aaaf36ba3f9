import * as tf from '@tensorflow/tfjs-core';
import { elementCount, type Model, type ValueId } from '../graph/graph.ts';
import { ValueObserver } from '../quant/calibrate.ts';
import type { ValueStatistics } from '../quant/calibration.ts';
import { channelPeriod } from '../runtime/lower.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import { Parameters } from './network/parameters.ts';
import { DEPLOYED_MODE, SimulatedNetwork, type BatchNormNode } from './network/simulate.ts';

const BATCH = 32;

/**
 * Batch norm statistics and value ranges of a float network whose operators were changed, over samples that lie end to end. Each
 * batch norm uses the statistics of its batch, as at the first step of the training.
 */
export function measureChanged(model: Model, changed: ReadonlySet<ValueId>, samples: Float32Array): { readonly model: Model; readonly values: Readonly<Record<ValueId, ValueStatistics>> } {
  const [, ...shape] = model.graph.inputs[0].shape;
  const size = elementCount(shape);
  const parameters = new Parameters(model);
  const network = new SimulatedNetwork(model, {}, NO_CALIBRATION, parameters);
  const observers = new Map<ValueId, ValueObserver>();
  const totals = new Map<string, Float64Array>();
  let count = 0;
  const collect = (id: string, values: Float32Array, weight: number): void => {
    const sum = totals.get(id) ?? new Float64Array(values.length);
    totals.set(id, sum.map((total, c) => total + weight * values[c]));
  };
  try {
    for (let from = 0; from < samples.length; from += BATCH * size) {
      const part = samples.subarray(from, from + BATCH * size);
      const images = part.length / size;
      const observe = ({ id, weights }: BatchNormNode, mean: Float32Array, variance: Float32Array): void => {
        if (!changed.has(id)) return;
        collect(weights.mean, mean, images);
        collect(weights.variance, variance, images);
      };
      const see = (id: ValueId, tensor: tf.Tensor): void => {
        if (!changed.has(id)) return;
        const observer = observers.get(id) ?? new ValueObserver(channelPeriod(model.graph, id));
        observers.set(id, observer);
        observer.add(tensor.dataSync() as Float32Array);
      };
      tf.tidy(() => void network.run(tf.tensor(part, [images, ...shape]), { ...DEPLOYED_MODE, observe }, see));
      count += images;
    }
  } finally {
    parameters.dispose();
  }
  const weights = new Map(model.weights);
  for (const [id, total] of totals) weights.set(id, Float32Array.from(total, (sum) => sum / count));
  return { model: { graph: model.graph, weights }, values: Object.fromEntries([...observers].map(([id, observer]) => [id, observer.finish('mse')])) };
}
