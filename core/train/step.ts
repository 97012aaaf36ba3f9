import * as tf from '@tensorflow/tfjs-core';
import type { WeightId } from '../graph/graph.ts';
import type { Parameters } from './network/parameters.ts';
import type { BatchNormNode } from './network/simulate.ts';
import { distil, type BatchOutcome } from './operators/distillation.ts';
import { kernelOf, type RunParts } from './run-parts.ts';
import { learningRateAt, type Stage } from './stages.ts';

/** Weight of the old statistics; tfjs' own default of 0.99 is too slow for short runs (METHODS §7.5). */
const MOMENTUM = 0.9;

/** One step of the optimiser: forward, backward, update. `step` counts from 0. */
export function trainStep(parts: RunParts, stage: Stage, step: number): BatchOutcome & { readonly samples: number } {
  const { recipe, batches, teacher, parameters, network, optimiser, shape } = parts;
  const batch = batches.at(step);
  const answers = teacher?.answer(batch) ?? null;
  let outcome: BatchOutcome = { loss: Number.NaN, correct: 0 };
  const observe = (node: BatchNormNode, mean: Float32Array, variance: Float32Array): void => follow(parameters, node, mean, variance);
  tf.tidy(() => {
    const images = tf.tensor(batch.images, [batch.indices.length, ...shape]);
    const entries = [...parameters.variables];
    const ids = new Map(entries.map(([id, variable]) => [variable.name, id]));
    const { grads } = tf.variableGrads(
      () => {
        const logits = network.run(images, { ...stage.mode, observe });
        const { teacherShare, temperature } = recipe;
        return distil(logits, { labels: batch.labels, teacher: answers, teacherShare, temperature }, (seen) => (outcome = seen)) as tf.Scalar;
      },
      entries.map(([, variable]) => variable),
    );
    const gradients = new Map<WeightId, tf.Tensor>();
    for (const [name, gradient] of Object.entries(grads)) if (gradient) gradients.set(ids.get(name) ?? '', gradient);
    optimiser.apply(gradients, { learningRate: learningRateAt(stage, step, recipe.warmUpSteps), weightDecay: recipe.weightDecay, limits: limitsIn(parts, stage) });
  });
  return { ...outcome, samples: batch.indices.length };
}

/** Running statistics of batch norm. */
function follow(parameters: Parameters, { weights }: BatchNormNode, mean: Float32Array, variance: Float32Array): void {
  const blend = (target: Float32Array, values: Float32Array): void => {
    for (let c = 0; c < target.length; c++) target[c] = MOMENTUM * target[c] + (1 - MOMENTUM) * values[c];
  };
  blend(parameters.statistic(weights.mean), mean);
  blend(parameters.statistic(weights.variance), variance);
}

/** While a layer's weights are real they may be of any size. */
function limitsIn({ model, limits, oneBit }: RunParts, stage: Stage): ReadonlyMap<WeightId, number> {
  if (stage.mode.signWeights) return limits;
  const kernels = new Set(model.graph.nodes.flatMap((node) => (oneBit.has(node.id) ? [kernelOf(node)] : [])));
  return new Map([...limits].filter(([id]) => !kernels.has(id)));
}
