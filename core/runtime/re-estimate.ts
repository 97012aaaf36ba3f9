import { elementCount, isLayer, type Model, type WeightId } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import { ChannelMoments } from '../quant/calibrate.ts';
import { createEngine } from '../kernels/load.ts';
import type { Plan } from '../schemes/scheme.ts';
import { softmaxDivergence } from '../tensor/divergence.ts';
import { bake } from './bake.ts';
import type { Group } from './formats.ts';
import { groupAffine, weightsOf } from './layer-arithmetic.ts';
import { lower, type LowerOptions } from './lower.ts';
import { createRuntime } from './run.ts';
import { createFloatRuntime } from './watch.ts';

/** Share of the kept images that only judge the correction. */
const HELD_OUT = 0.25;
/** A gain below this carries no signal to correct. */
const SMALLEST_GAIN = 1e-8;

/** Results read as signs stay in float32 here: in the accumulator they carry no real value to measure. */
const MEASURABLE: LowerOptions = { fuseSigns: false };

interface Corrected {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Matched re-estimation (METHODS §4): μ ← μ + (μ_q − μ_fp), σ² ← σ²·σ²_q/σ²_fp, from the statistics of the layer's result y
 * behind its batch norm: u = (y − β)/g + μ has mean (mean_y − β)/g + μ and variance var_y/g².
 */
function correctBatchNorm(model: Model, group: Group, measured: Corrected, float: Calibration['layers'][string], changed: Map<WeightId, Float32Array>): void {
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
function correctBias(model: Model, group: Group, measured: Corrected, float: Calibration['layers'][string], changed: Map<WeightId, Float32Array>): void {
  const id = group.head.weights['bias'];
  const bias = id === undefined ? undefined : model.weights.get(id);
  if (bias) changed.set(id, bias.map((b, c) => b - (measured.mean[c] - float.mean[c])));
}

/** Mean KL(float ‖ candidate) over samples that took no part in the statistics. */
function heldOutDivergence(model: Model, plan: Plan, calibration: Calibration, reference: readonly Float32Array[], samples: readonly Float32Array[]): number {
  const runtime = createRuntime(bake(model, plan, calibration), createEngine({ variant: 'wasm' }));
  let sum = 0;
  samples.forEach((sample, i) => {
    runtime.run(sample);
    sum += softmaxDivergence(reference[i], runtime.logits);
  });
  return sum / samples.length;
}

/**
 * Corrects batch norm statistics and biases for what quantisation moved, on the calibration's own images, and keeps
 * the correction only if the divergence from the float network falls on held-out ones.
 */
export function reEstimate(model: Model, plan: Plan, calibration: Calibration): Model {
  const size = elementCount(model.graph.inputs[0].shape);
  const count = Math.floor(calibration.images.length / size);
  const held = Math.floor(count * HELD_OUT);
  if (held === 0) return model;
  const sample = (i: number): Float32Array => calibration.images.subarray(i * size, (i + 1) * size);
  const { network, groupOfStep } = lower(model.graph, plan, MEASURABLE);
  const moments = new Map<number, ChannelMoments>();
  const runtime = createRuntime(bake(model, plan, calibration, MEASURABLE), createEngine({ variant: 'wasm' }), (step, values, channels) => {
    const output = network.buffers[network.steps[step].output];
    const real = output.format === 'int8' ? rescaled(values, calibration.values[output.id]?.grid.scale ?? 1) : values;
    const known = moments.get(step) ?? new ChannelMoments(channels);
    known.add(real);
    moments.set(step, known);
  });
  for (let i = 0; i < count - held; i++) runtime.run(sample(i));

  const changed = new Map<WeightId, Float32Array>();
  for (const [step, moment] of moments) {
    const group = groupOfStep.get(step);
    const float = group && calibration.layers[group.head.id];
    if (!group || !float || !isLayer(group.head)) continue;
    const statistics = moment.finish();
    const measured: Corrected = { mean: Float64Array.from(statistics.mean), variance: Float64Array.from(statistics.variance) };
    (group.batchNorm ? correctBatchNorm : correctBias)(model, group, measured, float, changed);
  }
  if (changed.size === 0) return model;
  const corrected: Model = { graph: model.graph, weights: new Map([...model.weights, ...changed]) };
  const judges = Array.from({ length: held }, (_, i) => sample(count - held + i));
  const float = createFloatRuntime(model);
  const reference = judges.map((judge) => {
    float.run(judge);
    return float.logits.slice();
  });
  const before = heldOutDivergence(model, plan, calibration, reference, judges);
  const after = heldOutDivergence(corrected, plan, calibration, reference, judges);
  return after < before ? corrected : model;
}

function rescaled(values: Float32Array, scale: number): Float32Array {
  return values.map((value) => value * scale);
}
