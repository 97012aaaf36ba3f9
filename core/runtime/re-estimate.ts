import { elementCount, isLayer, type Model, type WeightId } from '../graph/graph.ts';
import { measuredImages, type Calibration, type LayerStatistics } from '../quant/calibration.ts';
import { ChannelMoments } from '../quant/calibrate.ts';
import { createEngine, type KernelEngine } from '../kernels/load.ts';
import type { Plan } from '../schemes/scheme.ts';
import { softmaxDivergence } from '../tensor/divergence.ts';
import { bake, bakeStep, type BakeContext } from './bake.ts';
import type { Tap } from './compile.ts';
import type { Group } from './formats.ts';
import { groupAffine, weightsOf } from './layer-arithmetic.ts';
import { fitCodes } from './fit-codes.ts';
import { lower } from './lower.ts';
import { bufferBytes } from './memory-plan.ts';
import { isFloatLayer, type LoweredNetwork, type Program, type StepParameters, type Stored } from './program.ts';
import { RecordedRun, samplesIn } from './recorded-run.ts';
import { createRuntime, type Runtime } from './run.ts';
import { sharedWith } from './shared-steps.ts';
import { createFloatRuntime } from './watch.ts';

/** A gain below this carries no signal to correct. */
const SMALLEST_GAIN = 1e-8;

/**
 * Matched re-estimation (METHODS §4): μ ← μ + (μ_q − μ_fp), σ² ← σ²·σ²_q/σ²_fp, from the statistics of the layer's result y
 * behind its batch norm: u = (y − β)/g + μ has mean (mean_y − β)/g + μ and variance var_y/g².
 */
function correctBatchNorm(model: Model, group: Group, measured: LayerStatistics, float: Calibration['layers'][string], changed: Map<WeightId, Float32Array>): void {
  const norm = group.batchNorm;
  if (!norm) return;
  const { gain } = groupAffine(model, group, measured.mean.length);
  const mean = weightsOf(model, norm, 'mean') as Float32Array;
  const variance = weightsOf(model, norm, 'variance') as Float32Array;
  const alive = (c: number): boolean => Math.abs(gain[c]) > SMALLEST_GAIN && float.variance[c] > 1e-12 && measured.variance[c] > 1e-12;
  changed.set(norm.weights['mean'], mean.map((m, c) => (alive(c) ? m + (measured.mean[c] - float.mean[c]) / gain[c] : m)));
  changed.set(norm.weights['variance'], variance.map((v, c) => (alive(c) ? v * (measured.variance[c] / float.variance[c]) : v)));
}

/** Where no batch norm follows: b ← b − E[y_q − y_fp] (METHODS §4, bias correction). */
function correctBias(model: Model, group: Group, measured: LayerStatistics, float: Calibration['layers'][string], changed: Map<WeightId, Float32Array>): void {
  const id = group.head.weights['bias'];
  const bias = id === undefined ? undefined : model.weights.get(id);
  if (bias) changed.set(id, bias.map((b, c) => b - (measured.mean[c] - float.mean[c])));
}

function logitsOfAll(runtime: Runtime, samples: readonly Float32Array[]): readonly Float32Array[] {
  return samples.map((sample) => {
    runtime.run(sample);
    return runtime.logits.slice();
  });
}

/** Mean KL(float ‖ candidate) over samples that took no part in the statistics. */
function heldOutDivergence(reference: readonly Float32Array[], answer: (judge: number) => Float32Array): number {
  return reference.reduce((sum, expected, i) => sum + softmaxDivergence(expected, answer(i)), 0) / reference.length;
}

/**
 * Runs one step at a time over all images, so that each layer is measured behind layers that are already corrected, as
 * batch statistics would be. Results read as signs are kept in float32 here: in the accumulator they carry no real value.
 */
class StepwiseNetwork {
  private readonly results = new Map<number, Stored[]>();
  private readonly lastReader = new Map<number, number>();
  private readonly network: LoweredNetwork;
  /** The network before any correction: what most steps run on. Steps that are adopted are left out. */
  private readonly whole: Runtime;
  /** Where corrected steps run, one after the other: an engine for each would fill the address space. */
  private readonly singles: KernelEngine;
  private readonly innerIndex: ReadonlyMap<number, number>;
  /** Keeps every result, for networks that share them. */
  private readonly keepsAll: boolean;
  private listener: Tap = () => {};

  constructor(program: Program, images: readonly Float32Array[], isAdopted: (step: number) => boolean, keepsAll: boolean) {
    this.network = program.network;
    // Float sums in the build that every machine has, so that all find the same corrections; whole numbers are the same in any.
    const build = program.network.steps.some((step) => step.kind === 'layer' && isFloatLayer(step)) ? 'simd' : undefined;
    this.singles = createEngine({ variant: 'wasm', build });
    this.keepsAll = keepsAll;
    const own = program.network.steps.flatMap((_, index) => (isAdopted(index) ? [] : [index]));
    this.innerIndex = new Map(own.map((step, inner) => [step, inner]));
    const part: Program = {
      network: { ...program.network, steps: own.map((index) => program.network.steps[index]) },
      parameters: own.map((index) => program.parameters[index]),
    };
    this.whole = createRuntime(part, createEngine({ variant: 'wasm', build }), { keep: 'all', tap: (inner, ...tapped) => this.listener(own[inner], ...tapped) });
    program.network.steps.forEach((step, index) => step.inputs.forEach((input) => this.lastReader.set(input, index)));
    this.results.set(program.network.inputs[0], [...images]);
  }

  get kept(): ReadonlyMap<number, readonly Stored[]> {
    return this.results;
  }

  /** Takes over what another network computed with the same step. */
  adopt(index: number, values: readonly Stored[]): void {
    this.results.set(this.network.steps[index].output, [...values]);
    this.forget(index);
  }

  private forget(index: number): void {
    if (this.keepsAll) return;
    for (const [buffer, last] of this.lastReader) if (last === index) this.results.delete(buffer);
  }

  private overImages(runtime: Runtime, index: number, inner: number, keep: boolean): void {
    const step = this.network.steps[index];
    const targets = step.inputs.map((input) => runtime.read(input));
    const sources = step.inputs.map((input) => this.results.get(input) ?? []);
    const output = runtime.read(step.output);
    const kept: Stored[] = [];
    for (let image = 0; image < sources[0].length; image++) {
      targets.forEach((target, i) => target.set(sources[i][image]));
      runtime.execute(inner);
      if (keep) kept.push(output.slice());
    }
    if (!keep) return;
    this.results.set(step.output, kept);
    this.forget(index);
  }

  private inner(index: number): number {
    return this.innerIndex.get(index) ?? -1;
  }

  /** Shows the uncorrected results of a layer before its activation. */
  measure(index: number, listener: Tap): void {
    this.listener = listener;
    this.overImages(this.whole, index, this.inner(index), false);
    this.listener = () => {};
  }

  /** Computes a step for the steps that follow, with corrected numbers where there are any. */
  advance(index: number, corrected: StepParameters | null): void {
    if (!corrected) return this.overImages(this.whole, index, this.inner(index), true);
    const step = this.network.steps[index];
    const single: Program = {
      network: { ...this.network, steps: [step], inputs: [step.inputs[0]], outputs: [step.output] },
      parameters: [corrected],
    };
    this.singles.reclaim();
    this.overImages(createRuntime(single, this.singles), index, 0, true);
  }
}

/** What correcting one network step by step left behind, for networks that begin like it. */
interface CorrectionTrace {
  /** Before any correction. */
  readonly program: Program;
  /** By buffer: the corrected network's values over the measured images. */
  readonly results: ReadonlyMap<number, readonly Stored[]>;
  /** By step: weights that its correction replaced. */
  readonly changed: ReadonlyMap<number, ReadonlyMap<WeightId, Float32Array>>;
}

interface Corrected {
  readonly model: Model;
  readonly trace: CorrectionTrace;
}

function correctInOrder({ model, plan, calibration }: EstimationInputs, images: readonly Float32Array[], near: CorrectionTrace | null, keepsAll: boolean): Corrected {
  const lowering = lower(model.graph, plan, { fuseSigns: false });
  const { network, groupOfStep, formats } = lowering;
  let context: BakeContext = { model, plan, calibration, lowering };
  const program: Program = { network, parameters: network.steps.map((_, index) => bakeStep(context, index)) };
  const shared = near && sharedWith(near.program, program);
  const adopted = (index: number): readonly Stored[] | undefined => {
    const same = shared?.steps[index];
    return near && typeof same === 'number' ? near.results.get(near.program.network.steps[same].output) : undefined;
  };
  const stepwise = new StepwiseNetwork(program, images, (index) => adopted(index) !== undefined, keepsAll);
  const corrections = new Map<number, ReadonlyMap<WeightId, Float32Array>>();
  const replace = (index: number, changed: ReadonlyMap<WeightId, Float32Array>): void => {
    corrections.set(index, changed);
    context = { ...context, model: { graph: model.graph, weights: new Map([...context.model.weights, ...changed]) } };
  };
  // Up to the first quantised layer everything is as in the float network, and there is nothing to correct.
  const affected = new Set<number>();
  network.steps.forEach((step, index) => {
    const converts = step.kind !== 'layer' && step.kind !== 'op';
    const moved = converts || step.inputs.some((input) => affected.has(input)) || (step.kind === 'layer' && !isFloatLayer(step));
    if (moved) affected.add(step.output);
    const values = adopted(index);
    if (values) {
      const changed = near?.changed.get(shared?.steps[index] ?? -1);
      if (changed) replace(index, changed);
      return stepwise.adopt(index, values);
    }
    const group = groupOfStep.get(index);
    const float = group && (calibration.matched ?? calibration.layers)[group.head.id];
    if (!moved || !group || !float || !isLayer(group.head)) return stepwise.advance(index, null);
    const output = network.buffers[step.output];
    const scale = output.format === 'int8' ? (calibration.values[formats.gridSource.get(output.id) ?? output.id]?.grid.scale ?? 1) : 1;
    const moments = new ChannelMoments(float.mean.length);
    stepwise.measure(index, (_, values) => moments.add(values, scale));
    const changed = new Map<WeightId, Float32Array>();
    (group.batchNorm ? correctBatchNorm : correctBias)(context.model, group, moments.finish(), float, changed);
    replace(index, changed);
    stepwise.advance(index, bakeStep(context, index));
  });
  return { model: context.model, trace: { program, results: stepwise.kept, changed: corrections } };
}

interface EstimationInputs {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

/** One network whose re-estimation was kept, so that networks that begin like it take over what they share. */
export interface EstimationBase {
  readonly trace: CorrectionTrace;
  /** The network before and after its corrections, over the images that judge them. */
  readonly before: RecordedRun;
  readonly after: RecordedRun;
  readonly reference: readonly Float32Array[];
}

/** The kept images: those that are measured and those that judge. */
function imagesOf({ model, calibration }: EstimationInputs): { readonly measured: readonly Float32Array[]; readonly judges: readonly Float32Array[] } {
  const size = elementCount(model.graph.inputs[0].shape);
  const count = Math.floor(calibration.images.length / size);
  const images = Array.from({ length: count }, (_, i) => calibration.images.subarray(i * size, (i + 1) * size));
  const measured = measuredImages(count);
  return { measured: images.slice(0, measured), judges: images.slice(measured) };
}

/** Most memory that the kept values of all images may take. */
const TRACE_BYTES = 192e6;

/** A deployed network, and what is kept of its re-estimation; null where nothing is, or where it would take too much memory. */
export interface Estimation {
  readonly program: Program;
  readonly base: EstimationBase | null;
}

/**
 * Fits the codes of coarse layers that were not trained and corrects batch norm statistics and biases for what quantisation moved, on
 * the calibration's own images; keeps that only if the divergence from the float network falls on held-out ones. `near` is of the
 * same model and calibration: it saves time and changes nothing.
 */
export function estimate(inputs: EstimationInputs, near: EstimationBase | null, wantsBase: boolean): Estimation {
  const { model, plan, calibration } = inputs;
  const { measured, judges } = imagesOf(inputs);
  if (measured.length === 0) return { program: bake(model, plan, calibration), base: null };
  const keeps = wantsBase && fitsInMemory(inputs, measured.length, judges.length);
  const fitted = fitCodes(model, plan, calibration);
  const { model: corrected, trace } = correctInOrder({ plan, ...fitted }, measured, near?.trace ?? null, keeps);
  const program = bake(model, plan, calibration);
  if (corrected === model && !keeps) return { program, base: null };
  const reference = near?.reference ?? logitsOfAll(createFloatRuntime(model), judges);
  const before = new RecordedRun(program, samplesIn(judges), { near: near ? [near.before] : [], keptBytes: keeps ? Number.POSITIVE_INFINITY : 0 });
  const divergence = heldOutDivergence(reference, (judge) => before.record(judge));
  if (corrected === model) return { program, base: { trace, before: before.finish(), after: before, reference } };
  const candidate = bake(corrected, plan, fitted.calibration);
  const after = new RecordedRun(candidate, samplesIn(judges), { near: near ? [near.after] : [], keptBytes: keeps ? Number.POSITIVE_INFINITY : 0 });
  const better = heldOutDivergence(reference, (judge) => after.record(judge)) < divergence;
  return { program: better ? candidate : program, base: keeps ? { trace, before: before.finish(), after: after.finish(), reference } : null };
}

/** The values of all steps over all kept images. */
function fitsInMemory({ model, plan }: EstimationInputs, measured: number, judges: number): boolean {
  const valueBytes = lower(model.graph, plan, { fuseSigns: false }).network.buffers.reduce((sum, buffer) => sum + bufferBytes(buffer), 0);
  return valueBytes * (measured + 2 * judges) <= TRACE_BYTES;
}
