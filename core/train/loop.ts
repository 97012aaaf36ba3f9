import { createBreather } from '../base/breathe.ts';
import { CancelledError, StudioError } from '../base/errors.ts';
import type { Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import type { Split } from './batches.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { rescaleLatents } from './latents.ts';
import { DEPLOYED_MODE } from './network/simulate.ts';
import { Pace } from './pace.ts';
import { MOST_BATCHES, reEstimateBatchNorm } from './re-estimate.ts';
import type { HistoryEntry, TrainingReport } from './report.ts';
import { assembleRun, disposeRun, type RunParts, type TrainingRequest } from './run-parts.ts';
import { RunRecord } from './run-record.ts';
import { stageAt } from './schedule.ts';
import { learningRateAt, type Stage } from './stages.ts';
import { trainStep } from './step.ts';

export interface TrainedNetwork {
  readonly model: Model;
  readonly calibration: Calibration;
  readonly history: readonly HistoryEntry[];
  readonly split: Split;
  /** Of the fake-quantised graph on the held-out samples. */
  readonly simulatedAccuracy: number;
}

const REPORT_EVERY_MS = 250;
const CHECKPOINT_SECONDS = 30;
/** With batch norm statistics from 40 batches, two judgements say whether they are kept; a last one is the result. */
const FINAL_VALIDATIONS = { withReEstimation: 3, without: 1 } as const;

/** Starts `startBackend` first. Every tensor made here is gone when it returns or throws. */
export async function trainNetwork(request: TrainingRequest): Promise<TrainedNetwork> {
  const run = new TrainingRun(request);
  try {
    return await run.finish();
  } finally {
    run.dispose();
  }
}

type ReportExtra = Pick<TrainingReport, 'validationAccuracy' | 'checkpoint' | 'history'>;

class TrainingRun {
  private readonly request: TrainingRequest;
  private readonly parts: RunParts;
  private readonly record = new RunRecord();
  private readonly pace: Pace;
  private readonly breathe: () => Promise<void>;
  private step: number;
  private activity: TrainingReport['activity'] = 'training';
  private reportedMs = Number.NEGATIVE_INFINITY;
  private checkpointMs = performance.now();
  private judged: Pick<TrainingReport, 'teacherAccuracy' | 'validationSamples'> = {};

  constructor(request: TrainingRequest) {
    this.request = request;
    this.parts = assembleRun(request);
    this.step = this.parts.step;
    this.pace = new Pace(Math.min(request.recipe.batch, this.parts.split.train.length), this.parts.judge.count);
    this.breathe = createBreather(request.signal);
  }

  async finish(): Promise<TrainedNetwork> {
    const { parts, record } = this;
    const { judge, network, parameters, batches, shape, steps, recipe } = parts;
    parts.health.begin();
    const teacherAccuracy = await judge.judgeTeacher(this.breathe);
    this.judged = { validationSamples: judge.count, ...(teacherAccuracy === null ? {} : { teacherAccuracy }) };
    if (parts.continuation) this.takeUp();
    try {
      if (this.step > 0 && this.step % batches.stepsPerEpoch === 0 && record.awaitsValidation(this.step)) await this.validate(this.stageAt(this.step - 1));
      while (this.step < steps) await this.advance();
    } catch (error) {
      // What was reached can be taken up again.
      if (error instanceof CancelledError) this.report({ checkpoint: this.checkpoint() });
      throw error;
    }
    if (recipe.reEstimate) {
      this.enter('re-estimating');
      await reEstimateBatchNorm({ network, parameters, batches, judge, shape }, steps, this.breathe);
    }
    this.enter('measuring');
    const { accuracy } = await judge.judge(DEPLOYED_MODE, this.breathe);
    return { model: network.trainedModel(), calibration: network.trainedCalibration(), history: record.history, split: parts.split, simulatedAccuracy: accuracy };
  }

  private takeUp(): void {
    const { continuation, stepsRatio, health } = this.parts;
    if (!continuation) return;
    const { checkpoint, changes } = continuation;
    this.record.restore(checkpoint.record, stepsRatio);
    if (changes.length > 0) this.record.changed(changes, { step: this.step, ...this.lastStep() });
    health.countFrom(checkpoint.driftFrom);
    // What a person changed is not to be lost with the steps until the next checkpoint.
    this.report({ history: [...this.record.history], ...(changes.length > 0 ? { checkpoint: this.checkpoint() } : {}) });
  }

  private stageAt(step: number): Stage {
    return stageAt(this.parts.stages, step);
  }

  private lastStep(): { readonly learningRate: number; readonly stage: string } {
    const done = Math.max(this.step - 1, 0);
    const stage = this.stageAt(done);
    return { learningRate: learningRateAt(stage, done, this.parts.recipe.warmUpSteps), stage: stage.label };
  }

  private async advance(): Promise<void> {
    const { parts, record } = this;
    const { model, parameters, network, oneBit, freeOneBit, optimiser, health, batches, steps } = parts;
    const startedMs = performance.now();
    const stage = this.stageAt(this.step);
    if (stage.id === 'codes' && stage.from === this.step && stage.from > 0) {
      rescaleLatents(model, parameters, freeOneBit);
      network.restartScales(freeOneBit);
      optimiser.reset();
      // Rescaled weights are no drift.
      health.begin();
    }
    const due = startedMs - this.reportedMs >= REPORT_EVERY_MS;
    if (due) health.beforeStep();
    const { samples, ...outcome } = trainStep(parts, stage, this.step);
    if (due) health.afterStep((layer) => stage.mode.signWeights || !oneBit.has(layer));
    this.step++;
    if (!Number.isFinite(outcome.loss)) this.diverged(`the loss is ${outcome.loss}`);
    record.note(outcome, samples, { step: this.step, ...this.lastStep() }, { steps, stepsPerEpoch: batches.stepsPerEpoch });
    const epochEnds = this.step % batches.stepsPerEpoch === 0;
    if (due && !epochEnds) this.report(this.checkpointIfDue());
    await this.breathe();
    this.pace.stepped((performance.now() - startedMs) / 1000);
    if (epochEnds) await this.validate(stage);
  }

  /** At the end of an epoch. */
  private async validate(stage: Stage): Promise<void> {
    const { judge, steps } = this.parts;
    if (judge.count === 0) return this.report({ checkpoint: this.checkpoint() });
    this.activity = 'validating';
    const startedMs = performance.now();
    const { accuracy } = await judge.judge({ ...stage.mode, progress: this.step / steps, observe: null }, this.breathe);
    this.pace.validated((performance.now() - startedMs) / 1000);
    this.activity = 'training';
    this.record.validated(accuracy);
    this.report({ validationAccuracy: accuracy, checkpoint: this.checkpoint() });
  }

  private enter(activity: TrainingReport['activity']): void {
    this.activity = activity;
    this.report({});
  }

  private report(extra: ReportExtra): void {
    const { request, step, record, pace } = this;
    const { steps, recipe, batches, health } = this.parts;
    this.reportedMs = performance.now();
    request.report?.({
      step,
      steps,
      epoch: Math.min(Math.floor(Math.max(step - 1, 0) / batches.stepsPerEpoch) + 1, recipe.epochs),
      epochs: recipe.epochs,
      ...this.lastStep(),
      activity: this.activity,
      ...record.takeRecent(),
      imagesPerSecond: pace.imagesPerSecond,
      secondsLeft: this.secondsLeft(),
      layers: health.layers,
      ...this.judged,
      ...extra,
    });
  }

  private secondsLeft(): number {
    const { steps, recipe, batches, judge } = this.parts;
    const left = Math.max(steps - this.step, 0);
    const reEstimates = recipe.reEstimate && this.activity !== 'measuring';
    return this.pace.secondsLeft({
      steps: left,
      validations: Math.ceil(left / batches.stepsPerEpoch) + (reEstimates ? FINAL_VALIDATIONS.withReEstimation : FINAL_VALIDATIONS.without),
      forwardBatches: reEstimates ? Math.min(MOST_BATCHES, steps) : 0,
      deployedSamples: judge.count,
    });
  }

  private checkpointIfDue(): { readonly checkpoint?: Uint8Array } {
    const seconds = (performance.now() - this.checkpointMs) / 1000;
    return seconds < (this.request.checkpointSeconds ?? CHECKPOINT_SECONDS) ? {} : { checkpoint: this.checkpoint() };
  }

  private diverged(what: string): never {
    throw new StudioError(`Training diverged: ${what} at step ${this.step}.`, { where: this.lastStep().stage, next: 'Go on from the last checkpoint, or train again, with a lower learning rate.' });
  }

  private checkpoint(): Uint8Array {
    this.checkpointMs = performance.now();
    const { origin, recipe, plan, layers, batches, stages, parameters, optimiser, health, network } = this.parts;
    const weights = parameters.values();
    // From such weights nothing could go on: the checkpoint before stays the last.
    for (const [id, values] of weights) if (!values.every(Number.isFinite)) this.diverged(`${id} is not finite`);
    return writeCheckpoint({
      origin,
      recipe,
      plan,
      layers,
      step: this.step,
      stepsPerEpoch: batches.stepsPerEpoch,
      stages: stages.map(({ id, from, to }) => ({ id, from, to })),
      weights,
      optimiser: optimiser.state(),
      scales: new Map([...network.quantisers.values()].flatMap(({ layer, scale }) => (scale.kind === 'fixed' ? [[layer, scale.values] as const] : []))),
      driftFrom: health.driftFrom,
      record: this.record.state(),
    });
  }

  dispose(): void {
    disposeRun(this.parts);
  }
}
