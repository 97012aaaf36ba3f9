import { decibels } from '../../quant/signal-to-noise.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { SchemeId } from '../../schemes/scheme.ts';
import type { OptionValues } from '../../quant/fields.ts';

export interface Bins {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Weights as drawn: their distribution and what the grid does to it. Of a whole layer, or of one output channel. */
export interface WeightPicture {
  readonly scheme: SchemeId;
  readonly weights: Bins;
  /** Of each bin, the weights beyond the last level of their channel's grid. */
  readonly clippedCounts: readonly number[];
  /** Levels of the grid in real units (of a whole layer: of its median channel); empty for float32 and above 33 levels. */
  readonly levels: readonly number[];
  /** Ends of the last levels, where the grid has more than three. */
  readonly clip: { readonly low: number; readonly high: number } | null;
  /** What becomes zero; null where no weight does so because of a threshold. */
  readonly zeroBand: readonly [number, number] | null;
  readonly scale: number;
  readonly zeroShare: number;
  readonly clippedShare: number;
  /** Share of the codes that are not zero which are positive. */
  readonly positiveShare: number;
  /** Signal to quantisation noise in dB (METHODS §8); null for float32. */
  readonly sqnr: number | null;
}

/** Weights [fanIn, channels] with their codes and one scale a channel. */
export interface CodedWeights {
  readonly kernel: Float32Array;
  readonly channels: number;
  readonly scheme: SchemeId;
  readonly options: OptionValues;
  readonly quantised: { readonly codes: ArrayLike<number>; readonly scale: Float32Array } | null;
}

const LAYER_BINS = 96;
const CHANNEL_BINS = 48;
/** A grid with more levels than this is a continuum at drawing size. */
const MOST_LEVELS = 33;

/** SQNR of the weights of each output channel, in dB. */
export function channelNoise({ kernel, channels, quantised }: CodedWeights): Float32Array {
  const signal = new Float64Array(channels);
  const noise = new Float64Array(channels);
  if (quantised) {
    for (let i = 0, c = 0; i < kernel.length; i++) {
      const difference = kernel[i] - quantised.codes[i] * quantised.scale[c];
      signal[c] += kernel[i] * kernel[i];
      noise[c] += difference * difference;
      if (++c === channels) c = 0;
    }
  }
  return Float32Array.from(signal, (each, c) => decibels(each, noise[c]));
}

/** Largest magnitude of each output channel. */
export function channelPeaks(kernel: Float32Array, channels: number): Float32Array {
  const peaks = new Float32Array(channels);
  for (let i = 0, c = 0; i < kernel.length; i++) {
    const magnitude = Math.abs(kernel[i]);
    if (magnitude > peaks[c]) peaks[c] = magnitude;
    if (++c === channels) c = 0;
  }
  return peaks;
}

export function indexOfMedian(values: ArrayLike<number>): number {
  const order = Array.from(values, (_, index) => index).sort((a, b) => values[a] - values[b]);
  return order[Math.floor(order.length / 2)];
}

/** The whole layer, its grid drawn as that of the median channel; or one channel exactly. */
export function weightPicture(coded: CodedWeights, channel: number | null): WeightPicture {
  const { kernel, channels, quantised, scheme } = coded;
  const [from, step] = channel === null ? [0, 1] : [channel, channels];
  let reach = 1e-12;
  for (let i = from; i < kernel.length; i += step) reach = Math.max(reach, Math.abs(kernel[i]));
  const bins = channel === null ? LAYER_BINS : CHANNEL_BINS;
  const counts = new Array<number>(bins).fill(0);
  const clippedCounts = new Array<number>(bins).fill(0);
  const edge = SCHEMES[scheme].largestCode > 1 ? SCHEMES[scheme].largestCode + 0.5 : Number.POSITIVE_INFINITY;
  const tally = { count: 0, zero: 0, clipped: 0, positive: 0, signal: 0, noise: 0 };
  for (let i = from; i < kernel.length; i += step) {
    const bin = Math.min(bins - 1, Math.floor(((kernel[i] + reach) / (2 * reach)) * bins));
    counts[bin]++;
    tally.count++;
    if (!quantised) continue;
    const code = quantised.codes[i];
    const scale = quantised.scale[i % channels];
    if (code === 0) tally.zero++;
    else if (code > 0) tally.positive++;
    if (Math.abs(kernel[i]) > edge * scale) {
      tally.clipped++;
      clippedCounts[bin]++;
    }
    tally.signal += kernel[i] * kernel[i];
    tally.noise += (kernel[i] - code * scale) ** 2;
  }
  const drawn = quantised ? (channel ?? indexOfMedian(quantised.scale)) : null;
  const scale = quantised && drawn !== null ? quantised.scale[drawn] : 0;
  const signs = tally.count - tally.zero;
  return {
    scheme,
    weights: { low: -reach, high: reach, counts },
    clippedCounts,
    levels: drawn === null ? [] : levelsOf(coded, drawn),
    clip: quantised && Number.isFinite(edge) ? { low: -edge * scale, high: edge * scale } : null,
    zeroBand: drawn === null || tally.zero === 0 || Number.isFinite(edge) ? null : zeroBandOf(coded, drawn),
    scale,
    zeroShare: tally.zero / tally.count,
    clippedShare: tally.clipped / tally.count,
    positiveShare: signs > 0 ? tally.positive / signs : 0.5,
    sqnr: quantised ? decibels(tally.signal, tally.noise) : null,
  };
}

function levelsOf({ kernel, channels, scheme, options, quantised }: CodedWeights, channel: number): readonly number[] {
  if (!quantised) return [];
  const { largestCode, weights } = SCHEMES[scheme];
  const used = new Set<number>();
  if (weights?.levels(options) === 'grid') {
    if (2 * largestCode + 1 > MOST_LEVELS) return [];
    for (let code = -largestCode; code <= largestCode; code++) used.add(code);
  } else for (let i = channel; i < kernel.length; i += channels) used.add(quantised.codes[i]);
  return [...used].sort((a, b) => a - b).map((code) => code * quantised.scale[channel]);
}

/** Half way between the largest weight that became zero and the smallest that did not. */
function zeroBandOf({ kernel, channels, quantised }: CodedWeights, channel: number): readonly [number, number] | null {
  if (!quantised) return null;
  let inside = -1;
  let outside = Number.POSITIVE_INFINITY;
  for (let i = channel; i < kernel.length; i += channels) {
    const magnitude = Math.abs(kernel[i]);
    if (quantised.codes[i] === 0) inside = Math.max(inside, magnitude);
    else outside = Math.min(outside, magnitude);
  }
  if (inside < 0) return null;
  const end = Number.isFinite(outside) ? (inside + outside) / 2 : inside;
  return [-end, end];
}
