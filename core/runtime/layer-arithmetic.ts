import type { Graph, LayerNode, Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import { arrayOps, channelTensor, fullTensor } from '../quant/array-ops.ts';
import { withLevels } from '../quant/two-levels.ts';
import { choiceOf, layerFacts } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { StudioError } from '../base/errors.ts';
import type { Group } from './formats.ts';

/** What a per-channel affine behind a layer does: y = gain·u + shift, u the layer's own output. */
export interface ChannelAffine {
  readonly gain: Float64Array;
  readonly shift: Float64Array;
}

export function weightsOf(model: Model, node: { readonly id: string; readonly weights: Readonly<Record<string, string>> }, slot: string): Float32Array | null {
  const id = node.weights[slot];
  if (id === undefined) return null;
  const found = model.weights.get(id);
  if (!found) throw new StudioError(`The weights "${id}" of ${node.id} are missing.`, { where: node.id });
  return found;
}

/** Batch norm in inference as y = gain·u + shift, in double (METHODS §5). */
export function batchNormAffine(model: Model, node: NonNullable<Group['batchNorm']>): ChannelAffine {
  const variance = weightsOf(model, node, 'variance') as Float32Array;
  const mean = weightsOf(model, node, 'mean') as Float32Array;
  const gamma = weightsOf(model, node, 'gamma');
  const beta = weightsOf(model, node, 'beta');
  const gain = Float64Array.from(variance, (v, c) => (gamma?.[c] ?? 1) / Math.sqrt(v + node.attributes.epsilon));
  return { gain, shift: gain.map((g, c) => (beta?.[c] ?? 0) - mean[c] * g) };
}

export function groupAffine(model: Model, group: Group, channels: number): ChannelAffine {
  if (group.batchNorm) return batchNormAffine(model, group.batchNorm);
  return { gain: new Float64Array(channels).fill(1), shift: new Float64Array(channels) };
}

/** Codes, positive scales and bias of a quantised layer, before batch norm. */
export interface QuantisedLayer {
  readonly codes: Int8Array;
  readonly scale: Float32Array;
  /** What the layer adds to acc·inputScale·scale. */
  readonly bias: Float64Array;
  /** One-bit inputs: bit 1 iff x ≥ threshold[c mod period]. Null for int8 inputs. */
  readonly inputThresholds: Float32Array | null;
}

/** Real input level per channel behind a one-bit input: x ≈ centre + halfStep·(±1). */
interface TwoLevel {
  readonly centre: Float32Array;
  readonly halfStep: Float32Array;
}

interface FoldedKernel {
  readonly kernel: Float32Array;
  readonly bias: Float64Array;
}

const foldedKernels = new WeakMap<Float32Array, WeakMap<Float32Array, FoldedKernel>>();

/**
 * Folds the two-level fit of the input into kernel and bias: Σ W·x ≈ Σ (W·halfStep)·(±1) + Σ W·centre (METHODS §6).
 * The channel of weight row i is i mod period for conv (cin fastest) and for a flattened dense input alike.
 */
export function foldTwoLevel(kernel: Float32Array, channels: number, fit: TwoLevel): FoldedKernel {
  const perFit = foldedKernels.get(kernel) ?? new WeakMap<Float32Array, FoldedKernel>();
  foldedKernels.set(kernel, perFit);
  const known = perFit.get(fit.centre);
  if (known) return known;
  const folded = new Float32Array(kernel.length);
  const bias = new Float64Array(channels);
  const period = fit.centre.length;
  const fanIn = kernel.length / channels;
  for (let i = 0; i < fanIn; i++) {
    const c = i % period;
    for (let k = 0; k < channels; k++) {
      const w = kernel[i * channels + k];
      folded[i * channels + k] = w * fit.halfStep[c];
      bias[k] += w * fit.centre[c];
    }
  }
  const result: FoldedKernel = { kernel: folded, bias };
  perFit.set(fit.centre, result);
  return result;
}

/** Weights are immutable, so what became of an array is remembered as long as the array lives. */
const quantisedKernels = new WeakMap<Float32Array, Map<string, QuantisedKernel>>();

interface QuantisedKernel {
  readonly codes: Int8Array;
  readonly scale: Float32Array;
}

/** Scales come from the scheme's formula, or from training where it kept them fixed. */
export function quantiseKernel(kernel: Float32Array, channels: number, plan: Plan, layer: string, calibration: Calibration): QuantisedKernel {
  const { scheme, options } = choiceOf(plan, layer);
  const trained = calibration.weightScales?.[layer];
  const fixed = trained?.scheme === scheme && trained.scale.length === channels ? trained.scale : null;
  const key = JSON.stringify([scheme, options, channels, fixed && calibration.hash]);
  const known = quantisedKernels.get(kernel) ?? new Map<string, QuantisedKernel>();
  quantisedKernels.set(kernel, known);
  const found = known.get(key);
  if (found) return found;
  const formula = SCHEMES[scheme].weights;
  if (!formula) throw new StudioError(`${layer} is ${SCHEMES[scheme].name}: it has no integer codes.`, { where: layer });
  const weights = fullTensor(kernel, channels);
  const scale = fixed ? channelTensor(fixed) : formula.scale(arrayOps, weights, options);
  const { codes } = formula.codes(arrayOps, weights, scale, options);
  const levels = formula.levels(options) === 2 && fixed ? trained?.levels : undefined;
  const own = Int8Array.from(codes.data);
  const quantised: QuantisedKernel = { codes: levels ? withLevels(own, levels) : own, scale: scale.data };
  known.set(key, quantised);
  return quantised;
}

/** Quantises one layer. A layer with `shift` weights was trained for one-bit inputs; otherwise the input is fitted. */
export function quantiseLayer(model: Model, node: LayerNode, plan: Plan, calibration: Calibration): QuantisedLayer {
  const { scheme, options } = choiceOf(plan, node.id);
  const { outputChannels } = layerFacts(model.graph, node);
  const kernel = weightsOf(model, node, 'kernel') as Float32Array;
  const ownBias = weightsOf(model, node, 'bias');
  const bias = Float64Array.from({ length: outputChannels }, (_, k) => ownBias?.[k] ?? 0);
  if (SCHEMES[scheme].inputFormat(options) !== 'sign') {
    return { ...quantiseKernel(kernel, outputChannels, plan, node.id, calibration), bias, inputThresholds: null };
  }
  const trained = weightsOf(model, node, 'shift');
  if (trained) {
    return { ...quantiseKernel(kernel, outputChannels, plan, node.id, calibration), bias, inputThresholds: trained.map((shift) => -shift) };
  }
  const fit = statisticsOf(calibration, node.inputs[0], model.graph).twoLevel;
  const folded = foldTwoLevel(kernel, outputChannels, fit);
  return {
    ...quantiseKernel(folded.kernel, outputChannels, plan, node.id, calibration),
    bias: bias.map((b, k) => b + folded.bias[k]),
    inputThresholds: fit.centre,
  };
}

export function statisticsOf(calibration: Pick<Calibration, 'values'>, value: string, graph: Graph): Calibration['values'][string] {
  const found = calibration.values[value];
  if (!found) {
    throw new StudioError(`The range of "${value}" has not been measured.`, {
      where: graph.name,
      next: 'Open a data set, so that calibration can run.',
    });
  }
  return found;
}
