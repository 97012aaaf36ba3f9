import { StudioError } from '../base/errors.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { checkFits } from '../data/preprocess.ts';
import type { GraphNode, Model, WeightId } from '../graph/graph.ts';
import { hashModel } from '../graph/print.ts';
import { CALIBRATION_SAMPLES, type Calibration } from '../quant/calibration.ts';
import type { Plan } from '../schemes/scheme.ts';
import { Batches, splitOf, type Split } from './batches.ts';
import { readCheckpoint, type RunOrigin } from './checkpoint.ts';
import { continueFrom, mergedModel, stagesOfContinuation, type Continuation } from './continue-run.ts';
import { HealthWatch } from './health.ts';
import { Judge } from './judge.ts';
import { frozenLayers, type ChoicesByLayer } from './layer-choices.ts';
import { Parameters } from './network/parameters.ts';
import { SimulatedNetwork } from './network/simulate.ts';
import { createOptimiser, type Optimiser } from './optimiser.ts';
import { oneBitLayers, prepareForTraining } from './prepare.ts';
import type { Recipe } from './recipe.ts';
import type { TrainingReport } from './report.ts';
import { stagesOf, type Stage, type StageNeeds } from './stages.ts';
import { Teacher } from './teacher.ts';

export interface TrainingRequest {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
  /** Null: the labels alone count. */
  readonly teacher: Model | null;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Frozen layers, and those pruned otherwise than the recipe says. */
  readonly layers?: ChoicesByLayer;
  /** A checkpoint of a run with the same network, teacher, data and seed; recipe, plan and layers' choices may have changed since. */
  readonly resume?: Uint8Array;
  /** Longest time between two checkpoints; there is one at the end of each epoch besides. Default 30. */
  readonly checkpointSeconds?: number;
  readonly signal?: AbortSignal;
  readonly report?: (report: TrainingReport) => void;
}

/** What a run works with, from the request, or from the request and the checkpoint that it goes on from. */
export interface RunParts {
  readonly origin: RunOrigin;
  /** As prepared: the graph that is trained, with the weights of a new run. */
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
  readonly recipe: Recipe;
  readonly layers: ChoicesByLayer;
  readonly split: Split;
  readonly batches: Batches;
  readonly parameters: Parameters;
  readonly network: SimulatedNetwork;
  readonly optimiser: Optimiser;
  readonly teacher: Teacher | null;
  readonly judge: Judge;
  readonly health: HealthWatch;
  readonly stages: readonly Stage[];
  /** Of the whole run. */
  readonly steps: number;
  /** Steps that were done before. */
  readonly step: number;
  readonly continuation: Continuation | null;
  /** Steps of this run for one of the run that it continues. */
  readonly stepsRatio: number;
  /** Layers whose input is stored as signs. */
  readonly oneBit: ReadonlySet<string>;
  /** Those of them that are not frozen. */
  readonly freeOneBit: ReadonlySet<string>;
  /** Latent weights that are kept within ±limit. */
  readonly limits: ReadonlyMap<WeightId, number>;
  /** Of one sample. */
  readonly shape: readonly number[];
}

export function assembleRun(request: TrainingRequest): RunParts {
  const { plan, calibration, data, preprocess, recipe, seed, teacher, layers = {} } = request;
  checkFits(request.model, data);
  if (data.train && !data.train.labels && !teacher) {
    throw new StudioError(`${data.name} has no labels, and there is no teacher.`, { where: data.name, next: 'Open a data set with labels.' });
  }
  const split = splitOf(data, recipe, seed);
  const batches = new Batches(data, preprocess, split.train, recipe, seed);
  const samples = (): Float32Array => batches.take(split.train.slice(0, CALIBRATION_SAMPLES)).images;
  const prepared = prepareForTraining(request.model, plan, calibration, { ...recipe, samples });
  const { model } = prepared;
  const origin = originOf(request);
  const continuation = request.resume ? continueFrom(readCheckpoint(request.resume, origin), { recipe, plan, layers }, prepared, (before) => prepareForTraining(request.model, before.plan, calibration, { ...before.recipe, samples })) : null;
  const steps = batches.stepsPerEpoch * recipe.epochs;
  const start = continuation ? mergedModel(prepared, continuation) : model;
  const parameters = new Parameters(start);
  const network = new SimulatedNetwork(start, plan, continuation?.calibration ?? prepared.calibration, parameters, { ...recipe, layers });
  const optimiser = createOptimiser(recipe.optimiser, parameters);
  const shape = model.graph.inputs[0].shape.slice(1);
  const teaching = teacher ? new Teacher(teacher, recipe.augment === 'none' ? (data.train?.count ?? 0) : null) : null;
  const oneBit = oneBitLayers(model, plan);
  const frozen = frozenLayers(layers);
  if ([...parameters.variables.keys()].every((id) => network.frozen.has(id))) {
    throw new StudioError('Every layer is frozen: nothing is left to train.', { where: 'layers', next: 'Let one of them learn.' });
  }
  const needs = needsOf(network, oneBit);
  const stepsRatio = continuation ? batches.stepsPerEpoch / continuation.checkpoint.stepsPerEpoch : 1;
  const step = continuation ? Math.round(continuation.checkpoint.step * stepsRatio) : 0;
  if (continuation) {
    parameters.restore(continuation.weights);
    // Another optimiser remembers other things: it starts anew.
    if (continuation.checkpoint.recipe.optimiser === recipe.optimiser) optimiser.restore(continuation.optimiser);
  }
  return {
    origin,
    model,
    plan,
    calibration: prepared.calibration,
    recipe,
    layers,
    split,
    batches,
    parameters,
    network,
    optimiser,
    teacher: teaching,
    judge: new Judge(network, batches, recipe, teaching, shape, split.validation),
    health: new HealthWatch(model, network),
    stages: continuation ? stagesOfContinuation(continuation, { model, plan, recipe }, needs, step, steps, stepsRatio) : stagesOf(recipe, steps, needs),
    steps,
    step,
    continuation,
    stepsRatio,
    oneBit,
    freeOneBit: new Set([...oneBit].filter((layer) => !frozen.has(layer))),
    limits: limitsOf(model, network),
    shape,
  };
}

export function disposeRun({ parameters, optimiser, teacher }: RunParts): void {
  parameters.dispose();
  optimiser.dispose();
  teacher?.dispose();
}

function originOf({ model, teacher, calibration, data, preprocess, seed }: TrainingRequest): RunOrigin {
  const network = hashModel(model);
  return { network, teacher: teacher === model ? network : teacher && hashModel(teacher), calibration: calibration.hash, data: data.hash, preprocess, seed };
}

function needsOf(network: SimulatedNetwork, oneBit: ReadonlySet<string>): StageNeeds {
  const quantisers = [...network.quantisers.values()];
  return { quantised: quantisers.length > 0, oneBitInputs: oneBit.size > 0, coarseWeights: quantisers.some(({ formula }) => formula.clipsLatents) };
}

export function kernelOf(node: GraphNode): WeightId {
  return (node.weights as Readonly<Record<string, WeightId>>)['kernel'];
}

/**
 * Latent weights whose codes are signs stay within ±1: beyond, no gradient would bring them back (METHODS §2). A network that
 * came with larger ones keeps them.
 */
function limitsOf(model: Model, network: SimulatedNetwork): ReadonlyMap<WeightId, number> {
  const limits = new Map<WeightId, number>();
  for (const node of model.graph.nodes) {
    if (!network.quantisers.get(node.id)?.formula.clipsLatents) continue;
    const weights = model.weights.get(kernelOf(node)) ?? new Float32Array(0);
    limits.set(kernelOf(node), weights.reduce((top, weight) => Math.max(top, Math.abs(weight)), 1));
  }
  return limits;
}
