import { isLayer, layersOf } from '../graph/graph.ts';
import { StudioError } from '../base/errors.ts';
import { arrayOps, fullTensor } from '../quant/array-ops.ts';
import { foldTwoLevel, weightsOf } from '../runtime/layer-arithmetic.ts';
import { choiceOf, layerFacts } from '../schemes/layer-facts.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import type { OptionValues } from '../quant/fields.ts';
import { initialValues } from '../quant/fields.ts';
import type { Histogram, Jobs, LayerInsight } from './contract.ts';

const WEIGHT_BINS = 96;
/** A grid with more levels than this is a continuum at drawing size. */
const MOST_LEVELS = 33;

function histogramOf(values: Float32Array): Histogram {
  let reach = 1e-12;
  for (const value of values) reach = Math.max(reach, Math.abs(value));
  const counts = new Array<number>(WEIGHT_BINS).fill(0);
  for (const value of values) counts[Math.min(WEIGHT_BINS - 1, Math.floor(((value + reach) / (2 * reach)) * WEIGHT_BINS))]++;
  return { low: -reach, high: reach, counts };
}

const median = (values: Float32Array): number => Float32Array.from(values).sort()[Math.floor(values.length / 2)];

interface WeightNoise {
  readonly codes: Float32Array;
  readonly scale: Float32Array;
  readonly sqnr: number;
}

/** 10·log10(Σw² / Σ(w − ŵ)²) in dB (METHODS §8). */
function noiseOf(kernel: Float32Array, channels: number, scheme: SchemeId, options: OptionValues): WeightNoise | null {
  const formula = SCHEMES[scheme].weights;
  if (!formula) return null;
  const weights = fullTensor(kernel, channels);
  const scale = formula.scale(arrayOps, weights, options);
  const { codes } = formula.codes(arrayOps, weights, scale, options);
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < kernel.length; i++) {
    const difference = kernel[i] - codes.data[i] * scale.data[i % channels];
    signal += kernel[i] * kernel[i];
    noise += difference * difference;
  }
  return { codes: codes.data, scale: scale.data, sqnr: 10 * Math.log10(signal / Math.max(noise, 1e-30)) };
}

function levelsOf(scheme: SchemeId, codes: Float32Array, scale: number): readonly number[] {
  const used = [...new Set(codes)].sort((a, b) => a - b);
  return SCHEMES[scheme].largestCode === 0 || used.length > MOST_LEVELS ? [] : used.map((code) => code * scale);
}

export const inspectLayer: Jobs['inspectLayer'] = async ({ state, layer }): Promise<LayerInsight> => {
  const { model, plan, calibration } = state;
  const node = layersOf(model.graph).find((candidate) => candidate.id === layer);
  if (!node || !isLayer(node)) throw new StudioError(`There is no layer "${layer}" in this network.`, { where: model.graph.name });
  const { scheme, options } = choiceOf(plan, layer);
  const facts = layerFacts(model.graph, node);
  const channels = facts.outputChannels;
  const own = weightsOf(model, node, 'kernel') as Float32Array;
  const input = calibration.values[node.inputs[0]];
  const trained = weightsOf(model, node, 'shift');
  const oneBit = SCHEMES[scheme].inputFormat(options) === 'sign';
  const folds = oneBit && trained === null && input !== undefined;
  const kernel = folds ? foldTwoLevel(own, channels, input.twoLevel).kernel : own;
  const chosen = noiseOf(kernel, channels, scheme, options);
  let zero = 0;
  let clipped = 0;
  if (chosen) {
    const edge = SCHEMES[scheme].largestCode + 0.5;
    for (let i = 0; i < kernel.length; i++) {
      if (chosen.codes[i] === 0) zero++;
      if (SCHEMES[scheme].largestCode > 1 && Math.abs(kernel[i]) > edge * chosen.scale[i % channels]) clipped++;
    }
  }
  const sqnr = Object.fromEntries(
    SCHEME_IDS.filter((id) => SCHEMES[id].refusal(facts) === null).flatMap((id) => {
      const noise = noiseOf(kernel, channels, id, id === scheme ? options : initialValues(SCHEMES[id].options));
      return noise ? [[id, noise.sqnr] as const] : [];
    }),
  );
  const scale = chosen ? median(chosen.scale) : 0;
  const integer = SCHEMES[scheme].inputFormat(options) === 'int8' && input;
  const clip = integer
    ? { low: (-128 - input.grid.zeroPoint) * input.grid.scale, high: (127 - input.grid.zeroPoint) * input.grid.scale }
    : null;
  return {
    layer,
    weights: histogramOf(kernel),
    levels: chosen ? levelsOf(scheme, chosen.codes, scale) : [],
    scale,
    zeroShare: zero / kernel.length,
    clippedShare: clipped / kernel.length,
    input: input ? input.histogram : null,
    inputClip: clip,
    inputClippedShare: input && clip ? clippedShare(input.histogram, clip.low, clip.high) : 0,
    inputThreshold: oneBit && input ? median(trained?.map((shift) => -shift) ?? input.twoLevel.centre) : null,
    weightSqnr: sqnr,
  };
};

function clippedShare(histogram: Histogram, low: number, high: number): number {
  const width = (histogram.high - histogram.low) / histogram.counts.length;
  let outside = 0;
  let total = 0;
  histogram.counts.forEach((count, i) => {
    const from = histogram.low + i * width;
    total += count;
    if (from >= high || from + width <= low) outside += count;
  });
  return total > 0 ? outside / total : 0;
}
