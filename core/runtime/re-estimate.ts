import { elementCount, isLayer, type Model, type WeightId } from '../graph/graph.ts';
import { measuredImages, type Calibration, type LayerStatistics } from '../quant/calibration.ts';
import { ChannelMoments } from '../quant/calibrate.ts';
import { createEngine } from '../kernels/load.ts';
import type { Plan } from '../schemes/scheme.ts';
import { softmaxDivergence } from '../tensor/divergence.ts';
import { bake, bakeStep, type BakeContext } from './bake.ts';
import type { Tap } from './compile.ts';
import type { Group } from './formats.ts';
import { groupAffine, weightsOf } from './layer-arithmetic.ts';
import { lower } from './lower.ts';
import { isFloatLayer, type LoweredNetwork, type Program, type StepParameters } from './program.ts';
import { createRuntime, type Runtime } from './run.ts';
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

/** Logits of samples that lie one behind the other. */
function logitsOfAll(runtime: Runtime, samples: Float32Array, count: number): readonly Float32Array[] {
  const outputs = runtime.logits.length;
  const logits = new Float32Array(count * outputs);
  runtime.runMany(samples, logits);
  return Array.from({ length: count }, (_, i) => logits.subarray(i * outputs, (i + 1) * outputs));
}

/** Mean KL(float ‖ candidate) over samples that took no part in the statistics. */
function heldOutDivergence(program: Program, reference: readonly Float32Array[], samples: Float32Array): number {
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
  const answers = logitsOfAll(runtime, samples, reference.length);
  return reference.reduce((sum, expected, i) => sum + softmaxDivergence(expected, answers[i]), 0) / reference.length;
}

type Stored = Float32Array | Int8Array | Uint8Array;

/**
 * Runs one step at a time over all images, so that each layer is measured behind layers that are already corrected, as
 * batch statistics would be. Results read as signs are kept in float32 here: in the accumulator they carry no real value.
 */
class StepwiseNetwork {
  private readonly results = new Map<number, Stored[]>();
  private readonly lastReader = new Map<number, number>();
  private readonly network: LoweredNetwork;
  /** The network before any correction: what most steps run on. */
  private readonly whole: Runtime;
  private listener: Tap = () => {};

  constructor(program: Program, images: readonly Float32Array[]) {
    this.network = program.network;
    this.whole = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'all', tap: (...tapped) => this.listener(...tapped) });
    program.network.steps.forEach((step, index) => step.inputs.forEach((input) => this.lastReader.set(input, index)));
    this.results.set(program.network.inputs[0], [...images]);
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
    for (const [buffer, last] of this.lastReader) if (last === index) this.results.delete(buffer);
  }

  /** Shows the uncorrected results of a layer before its activation. */
  measure(index: number, listener: Tap): void {
    this.listener = listener;
    this.overImages(this.whole, index, index, false);
    this.listener = () => {};
  }

  /** Computes a step for the steps that follow, with corrected numbers where there are any. */
  advance(index: number, corrected: StepParameters | null): void {
    if (!corrected) return this.overImages(this.whole, index, index, true);
    const step = this.network.steps[index];
    const single: Program = {
      network: { ...this.network, steps: [step], inputs: [step.inputs[0]], outputs: [step.output] },
      parameters: [corrected],
    };
    this.overImages(createRuntime(single, createEngine({ variant: 'wasm' })), index, 0, true);
  }
}

function correctInOrder(model: Model, plan: Plan, calibration: Calibration, images: readonly Float32Array[]): Model {
  const lowering = lower(model.graph, plan, { fuseSigns: false });
  const { network, groupOfStep, formats } = lowering;
  let context: BakeContext = { model, plan, calibration, lowering };
  const program: Program = { network, parameters: network.steps.map((_, index) => bakeStep(context, index)) };
  const stepwise = new StepwiseNetwork(program, images);
  // Up to the first quantised layer everything is as in the float network, and there is nothing to correct.
  const affected = new Set<number>();
  network.steps.forEach((step, index) => {
    const converts = step.kind !== 'layer' && step.kind !== 'op';
    const moved = converts || step.inputs.some((input) => affected.has(input)) || (step.kind === 'layer' && !isFloatLayer(step));
    if (moved) affected.add(step.output);
    const group = groupOfStep.get(index);
    const float = group && (calibration.matched ?? calibration.layers)[group.head.id];
    if (!moved || !group || !float || !isLayer(group.head)) return stepwise.advance(index, null);
    const output = network.buffers[step.output];
    const scale = output.format === 'int8' ? (calibration.values[formats.gridSource.get(output.id) ?? output.id]?.grid.scale ?? 1) : 1;
    const moments = new ChannelMoments(float.mean.length);
    stepwise.measure(index, (_, values) => moments.add(scale === 1 ? values : values.map((value) => value * scale)));
    const changed = new Map<WeightId, Float32Array>();
    (group.batchNorm ? correctBatchNorm : correctBias)(context.model, group, moments.finish(), float, changed);
    context = { ...context, model: { graph: model.graph, weights: new Map([...context.model.weights, ...changed]) } };
    stepwise.advance(index, bakeStep(context, index));
  });
  return context.model;
}

/**
 * Corrects batch norm statistics and biases for what quantisation moved, on the calibration's own images, and keeps
 * the correction only if the divergence from the float network falls on held-out ones.
 */
export function reEstimate(model: Model, plan: Plan, calibration: Calibration): Model {
  const size = elementCount(model.graph.inputs[0].shape);
  const count = Math.floor(calibration.images.length / size);
  const measured = measuredImages(count);
  if (measured === 0) return model;
  const held = count - measured;
  const images = Array.from({ length: count }, (_, i) => calibration.images.subarray(i * size, (i + 1) * size));
  const corrected = correctInOrder(model, plan, calibration, images.slice(0, measured));
  if (corrected === model) return model;
  const judges = calibration.images.subarray(measured * size, count * size);
  const reference = logitsOfAll(createFloatRuntime(model), judges, held);
  const before = heldOutDivergence(bake(model, plan, calibration), reference, judges);
  const after = heldOutDivergence(bake(corrected, plan, calibration), reference, judges);
  return after < before ? corrected : model;
}
