import * as tf from '@tensorflow/tfjs-core';
import { createBreather } from '../base/breathe.ts';
import { CancelledError, StudioError } from '../base/errors.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { checkFits } from '../data/preprocess.ts';
import type { GraphNode, Model, NodeId, WeightId } from '../graph/graph.ts';
import { hashModel } from '../graph/print.ts';
import { CALIBRATION_SAMPLES, type Calibration } from '../quant/calibration.ts';
import type { Plan } from '../schemes/scheme.ts';
import { Batches, splitOf, type Split } from './batches.ts';
import { readCheckpoint, runKey, writeCheckpoint } from './checkpoint.ts';
import { HealthWatch } from './health.ts';
import { Judge } from './judge.ts';
import { rescaleLatents } from './latents.ts';
import { Parameters } from './network/parameters.ts';
import { DEPLOYED_MODE, SimulatedNetwork, type BatchNormNode } from './network/simulate.ts';
import { distil, type BatchOutcome } from './operators/distillation.ts';
import { AdamOptimiser } from './optimiser.ts';
import { oneBitLayers, prepareForTraining } from './prepare.ts';
import { reEstimateBatchNorm } from './re-estimate.ts';
import type { Recipe } from './recipe.ts';
import type { HistoryEntry, TrainingReport } from './report.ts';
import { learningRateAt, stagesOf, type Stage } from './stages.ts';
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
  /** Layers whose weights, scales and batch norms stay as they are. */
  readonly frozen?: ReadonlySet<NodeId>;
  /** Share of zero weights at the end, by layer, in place of the recipe's. */
  readonly sparsityOf?: Readonly<Record<NodeId, number>>;
  readonly resume?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly report?: (report: TrainingReport) => void;
}

export interface TrainedNetwork {
  readonly model: Model;
  readonly calibration: Calibration;
  readonly history: readonly HistoryEntry[];
  readonly split: Split;
  /** Of the fake-quantised graph on the held-out samples. */
  readonly simulatedAccuracy: number;
}

const REPORT_EVERY_MS = 250;
const CHECKPOINT_EVERY_MS = 30_000;
/** Weight of the old statistics; tfjs' own default of 0.99 is too slow for short runs (METHODS §7.5). */
const MOMENTUM = 0.9;
const HISTORY_ENTRIES = 1000;

/** Starts `startBackend` first. Every tensor made here is gone when it returns or throws. */
export async function trainNetwork(request: TrainingRequest): Promise<TrainedNetwork> {
  const run = new TrainingRun(request);
  try {
    return await run.finish();
  } finally {
    run.dispose();
  }
}

function kernelOf(node: GraphNode): WeightId {
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

class TrainingRun {
  private readonly request: TrainingRequest;
  private readonly model: Model;
  private readonly calibration: Calibration;
  private readonly split: Split;
  private readonly batches: Batches;
  private readonly parameters: Parameters;
  private readonly network: SimulatedNetwork;
  private readonly optimiser: AdamOptimiser;
  private readonly teacher: Teacher | null;
  private readonly judge: Judge;
  private readonly health: HealthWatch;
  private readonly limits: ReadonlyMap<WeightId, number>;
  private readonly oneBit: ReadonlySet<string>;
  /** Those of them that are not frozen. */
  private readonly freeOneBit: ReadonlySet<string>;
  private readonly stages: readonly Stage[];
  private readonly steps: number;
  private readonly key: string;
  private readonly shape: readonly number[];
  private readonly breathe: () => Promise<void>;
  private step = 0;
  private history: HistoryEntry[] = [];
  private pending = { loss: 0, count: 0 };
  /** Since the last report. */
  private recent = { loss: 0, correct: 0, samples: 0, batches: 0 };
  private shown: Pick<TrainingReport, 'loss' | 'trainAccuracy'> = { loss: 0, trainAccuracy: 0 };
  private secondsPerStep = 0;
  private reportedMs = Number.NEGATIVE_INFINITY;
  private checkpointMs = performance.now();
  private judged: Pick<TrainingReport, 'teacherAccuracy' | 'validationSamples'> = {};

  constructor(request: TrainingRequest) {
    const { plan, calibration, data, preprocess, recipe, seed, teacher } = request;
    checkFits(request.model, data);
    if (data.train && !data.train.labels && !teacher) {
      throw new StudioError(`${data.name} has no labels, and there is no teacher.`, { where: data.name, next: 'Open a data set with labels.' });
    }
    this.request = request;
    this.split = splitOf(data, recipe, seed);
    this.batches = new Batches(data, preprocess, this.split.train, recipe, seed);
    const samples = (): Float32Array => this.batches.take(this.split.train.slice(0, CALIBRATION_SAMPLES)).images;
    const prepared = prepareForTraining(request.model, plan, calibration, { ...recipe, samples });
    this.model = prepared.model;
    this.calibration = prepared.calibration;
    this.steps = this.batches.stepsPerEpoch * recipe.epochs;
    this.shape = this.model.graph.inputs[0].shape.slice(1);
    this.oneBit = oneBitLayers(this.model, plan);
    this.freeOneBit = new Set([...this.oneBit].filter((layer) => !request.frozen?.has(layer)));
    this.parameters = new Parameters(this.model);
    this.network = new SimulatedNetwork(this.model, plan, this.calibration, this.parameters, { ...recipe, frozen: request.frozen, sparsityOf: request.sparsityOf });
    this.limits = limitsOf(this.model, this.network);
    this.optimiser = new AdamOptimiser(this.parameters);
    this.teacher = teacher ? new Teacher(teacher, recipe.augment === 'none' ? (data.train?.count ?? 0) : null) : null;
    this.judge = new Judge(this.network, this.batches, recipe, this.teacher, this.shape, this.split.validation);
    this.health = new HealthWatch(this.model, this.network);
    const quantisers = [...this.network.quantisers.values()];
    this.stages = stagesOf(recipe, this.steps, {
      quantised: quantisers.length > 0,
      oneBitInputs: this.oneBit.size > 0,
      coarseWeights: quantisers.some(({ formula }) => formula.clipsLatents),
    });
    this.key = runKey(hashModel(request.model), [...(request.frozen ?? [])], request.sparsityOf ?? {}, plan, calibration.hash, recipe, seed, data.hash, preprocess);
    this.breathe = createBreather(request.signal);
  }

  async finish(): Promise<TrainedNetwork> {
    this.health.begin();
    if (this.request.resume) this.resume(this.request.resume);
    const teacherAccuracy = await this.judge.judgeTeacher(this.breathe);
    this.judged = { validationSamples: this.judge.count, ...(teacherAccuracy === null ? {} : { teacherAccuracy }) };
    try {
      while (this.step < this.steps) {
        await this.advance();
        await this.breathe();
      }
    } catch (error) {
      // What was reached can be taken up again.
      if (error instanceof CancelledError) this.report({ checkpoint: this.checkpoint() });
      throw error;
    }
    if (this.request.recipe.reEstimate) {
      const { network, parameters, batches, judge, shape } = this;
      await reEstimateBatchNorm({ network, parameters, batches, judge, shape }, this.steps, this.breathe);
    }
    const { accuracy } = await this.judge.judge(DEPLOYED_MODE, this.breathe);
    return {
      model: this.network.trainedModel(),
      calibration: this.network.trainedCalibration(),
      history: this.history,
      split: this.split,
      simulatedAccuracy: accuracy,
    };
  }

  private stageAt(step: number): Stage {
    return this.stages.find((stage) => step < stage.to) ?? this.stages[this.stages.length - 1];
  }

  private async advance(): Promise<void> {
    const stage = this.stageAt(this.step);
    if (stage.id === 'codes' && stage.from === this.step && stage.from > 0) {
      rescaleLatents(this.model, this.parameters, this.freeOneBit);
      this.network.restartScales(this.freeOneBit);
      this.optimiser.reset();
      // Rescaled weights are no drift.
      this.health.begin();
    }
    const startedMs = performance.now();
    const due = startedMs - this.reportedMs >= REPORT_EVERY_MS;
    if (due) this.health.beforeStep();
    const stepMs = performance.now();
    const { loss, correct, count } = this.train(stage);
    const seconds = (performance.now() - stepMs) / 1000;
    this.secondsPerStep = this.secondsPerStep === 0 ? seconds : 0.9 * this.secondsPerStep + 0.1 * seconds;
    if (due) this.health.afterStep((layer) => stage.mode.signWeights || !this.oneBit.has(layer));
    this.step++;
    if (!Number.isFinite(loss)) {
      throw new StudioError(`Training diverged: the loss is ${loss} at step ${this.step}.`, { where: stage.label, next: 'Train again with a lower learning rate.' });
    }
    this.note(loss, correct, count);
    const epochEnds = this.step % this.batches.stepsPerEpoch === 0;
    if (epochEnds) await this.endEpoch(stage);
    else if (due) this.report(this.checkpointIfDue());
  }

  /** One step of the optimiser. */
  private train(stage: Stage): BatchOutcome & { readonly count: number } {
    const { recipe } = this.request;
    this.network.follow(this.step / this.steps);
    const batch = this.batches.at(this.step);
    const teacher = this.teacher?.answer(batch) ?? null;
    let outcome: BatchOutcome = { loss: Number.NaN, correct: 0 };
    tf.tidy(() => {
      const images = tf.tensor(batch.images, [batch.indices.length, ...this.shape]);
      const entries = [...this.parameters.variables];
      const ids = new Map(entries.map(([id, variable]) => [variable.name, id]));
      const { grads } = tf.variableGrads(
        () => {
          const logits = this.network.run(images, { ...stage.mode, progress: this.step / this.steps, observe: this.follow });
          const { teacherShare, temperature } = recipe;
          return distil(logits, { labels: batch.labels, teacher, teacherShare, temperature }, (seen) => (outcome = seen)) as tf.Scalar;
        },
        entries.map(([, variable]) => variable),
      );
      const gradients = new Map<WeightId, tf.Tensor>();
      for (const [name, gradient] of Object.entries(grads)) {
        const id = ids.get(name) ?? '';
        if (gradient && !this.network.frozen.has(id)) gradients.set(id, gradient);
      }
      this.optimiser.apply(gradients, { learningRate: learningRateAt(stage, this.step, recipe.warmUpSteps), weightDecay: recipe.weightDecay, limits: this.limitsIn(stage) });
    });
    return { ...outcome, count: batch.indices.length };
  }

  /** Running statistics of batch norm. */
  private readonly follow = (node: BatchNormNode, mean: Float32Array, variance: Float32Array): void => {
    const blend = (target: Float32Array, values: Float32Array): void => {
      for (let c = 0; c < target.length; c++) target[c] = MOMENTUM * target[c] + (1 - MOMENTUM) * values[c];
    };
    blend(this.parameters.statistic(node.weights.mean), mean);
    blend(this.parameters.statistic(node.weights.variance), variance);
  };

  private limitsIn(stage: Stage): ReadonlyMap<WeightId, number> {
    if (stage.mode.signWeights) return this.limits;
    const kernels = new Set(this.model.graph.nodes.flatMap((node) => (this.oneBit.has(node.id) ? [kernelOf(node)] : [])));
    return new Map([...this.limits].filter(([id]) => !kernels.has(id)));
  }

  private note(loss: number, correct: number, samples: number): void {
    this.recent = { loss: this.recent.loss + loss, correct: this.recent.correct + correct, samples: this.recent.samples + samples, batches: this.recent.batches + 1 };
    this.pending = { loss: this.pending.loss + loss, count: this.pending.count + 1 };
    const every = Math.max(1, Math.ceil(this.steps / HISTORY_ENTRIES));
    if (this.step % every === 0 || this.step % this.batches.stepsPerEpoch === 0) this.remember(null);
  }

  private remember(validationAccuracy: number | null): void {
    const { loss, count } = this.pending;
    if (count > 0) this.history.push({ step: this.step, loss: loss / count, validationAccuracy });
    this.pending = { loss: 0, count: 0 };
  }

  private async endEpoch(stage: Stage): Promise<void> {
    if (this.judge.count === 0) return this.report({ checkpoint: this.checkpoint() });
    const { accuracy } = await this.judge.judge({ ...stage.mode, progress: this.step / this.steps, observe: null }, this.breathe);
    const last = this.history[this.history.length - 1];
    this.history[this.history.length - 1] = { ...last, validationAccuracy: accuracy };
    this.report({ validationAccuracy: accuracy, checkpoint: this.checkpoint() });
  }

  private report(extra: Pick<TrainingReport, 'validationAccuracy' | 'checkpoint'>): void {
    const { recent, request, steps } = this;
    if (recent.batches > 0) this.shown = { loss: recent.loss / recent.batches, trainAccuracy: recent.correct / recent.samples };
    this.recent = { loss: 0, correct: 0, samples: 0, batches: 0 };
    this.reportedMs = performance.now();
    const done = Math.max(this.step - 1, 0);
    const stage = this.stageAt(done);
    request.report?.({
      step: this.step,
      steps,
      epoch: Math.min(Math.floor(done / this.batches.stepsPerEpoch) + 1, request.recipe.epochs),
      epochs: request.recipe.epochs,
      stage: stage.label,
      ...this.shown,
      learningRate: learningRateAt(stage, done, request.recipe.warmUpSteps),
      imagesPerSecond: this.secondsPerStep > 0 ? Math.min(request.recipe.batch, this.split.train.length) / this.secondsPerStep : 0,
      secondsLeft: (steps - this.step) * this.secondsPerStep,
      layers: this.health.layers,
      ...this.judged,
      ...extra,
    });
  }

  private checkpointIfDue(): { readonly checkpoint?: Uint8Array } {
    return performance.now() - this.checkpointMs < CHECKPOINT_EVERY_MS ? {} : { checkpoint: this.checkpoint() };
  }

  private checkpoint(): Uint8Array {
    this.checkpointMs = performance.now();
    const { key, step, history, pending } = this;
    return writeCheckpoint({ run: key, step, weights: this.parameters.values(), optimiser: this.optimiser.state(), history, pending });
  }

  private resume(bytes: Uint8Array): void {
    const { step, weights, optimiser, history, pending } = readCheckpoint(bytes, this.key);
    this.step = step;
    this.parameters.restore(weights);
    this.optimiser.restore(optimiser);
    this.history = [...history];
    this.pending = { ...pending };
  }

  dispose(): void {
    this.parameters.dispose();
    this.optimiser.dispose();
    this.teacher?.dispose();
  }
}
