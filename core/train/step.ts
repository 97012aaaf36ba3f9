import type { WeightId } from '../graph/graph.ts';
import type { Parameters } from './network/parameters.ts';
import type { BatchNormNode } from './network/simulate.ts';
import type { BatchOutcome } from './operators/distillation.ts';
import { kernelOf, type RunParts } from './run-parts.ts';
import { learningRateAt, type Stage } from './stages.ts';
import { takeStep } from './take-step.ts';

/** Weight of the old statistics; tfjs' own default of 0.99 is too slow for short runs (METHODS §7.5). */
const MOMENTUM = 0.9;

/** One step of the optimiser: forward, backward, update. `step` counts from 0. */
export function trainStep(parts: RunParts, stage: Stage, step: number): BatchOutcome & { readonly samples: number } {
  const { recipe, batches, teacher, parameters, network, shape } = parts;
  network.follow(step / parts.steps);
  const batch = batches.at(step);
  const answers = teacher?.answer(batch) ?? null;
  const observe = (node: BatchNormNode, mean: Float32Array, variance: Float32Array): void => follow(parameters, node, mean, variance);
  const outcome = takeStep(parts, batch, shape, answers, {
    mode: { ...stage.mode, progress: step / parts.steps, observe },
    teacherShare: recipe.teacherShare,
    temperature: recipe.temperature,
    apply: { learningRate: learningRateAt(stage, step, recipe.warmUpSteps), weightDecay: recipe.weightDecay, limits: limitsIn(parts, stage), frozen: network.frozen },
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
