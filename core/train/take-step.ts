import * as tf from '@tensorflow/tfjs-core';
import type { WeightId } from '../graph/graph.ts';
import type { Batch } from './batches.ts';
import type { Parameters } from './network/parameters.ts';
import type { SimulatedNetwork, SimulationMode } from './network/simulate.ts';
import { distil, type BatchOutcome } from './operators/distillation.ts';
import type { ApplyOptions, Optimiser } from './optimiser.ts';

/** What a step changes, and through what. */
export interface StepParts {
  readonly parameters: Parameters;
  readonly network: SimulatedNetwork;
  readonly optimiser: Optimiser;
}

export interface StepOptions {
  readonly mode: SimulationMode;
  readonly teacherShare: number;
  readonly temperature: number;
  /** Learning rate and what else the optimiser goes by. */
  readonly apply: ApplyOptions;
}

/** One step of the optimiser over a batch: forward, loss, gradients, new weights. `teacher` are its logits, or null. */
export function takeStep({ parameters, network, optimiser }: StepParts, batch: Batch, shape: readonly number[], teacher: Float32Array | null, options: StepOptions): BatchOutcome {
  const { mode, teacherShare, temperature } = options;
  let outcome: BatchOutcome = { loss: Number.NaN, correct: 0 };
  tf.tidy(() => {
    const images = tf.tensor(batch.images, [batch.indices.length, ...shape]);
    const entries = [...parameters.variables].filter(([id]) => !options.apply.frozen?.has(id));
    const ids = new Map(entries.map(([id, variable]) => [variable.name, id]));
    const { grads } = tf.variableGrads(
      () => distil(network.run(images, mode), { labels: batch.labels, teacher, teacherShare, temperature }, (seen) => (outcome = seen)) as tf.Scalar,
      entries.map(([, variable]) => variable),
    );
    const gradients = new Map<WeightId, tf.Tensor>();
    for (const [name, gradient] of Object.entries(grads)) if (gradient) gradients.set(ids.get(name) ?? '', gradient);
    optimiser.apply(gradients, options.apply);
  });
  return outcome;
}
