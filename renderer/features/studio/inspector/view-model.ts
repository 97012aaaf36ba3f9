import { SCHEMES } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import type { Histogram, LayerInsight, LayerTiming } from '../../../../core/jobs/contract.ts';
import { formats } from '../../../ui/format.ts';

export interface WeightsView {
  readonly aside: string;
  readonly label: string;
  /** Band that becomes zero. */
  readonly zone: readonly [number, number] | null;
  /** Where the largest code ends. */
  readonly clip: { readonly low: number; readonly high: number } | null;
}

const share = (value: number): string => formats.percent(value, value > 0 && value < 0.01 ? 2 : 1);

export function weightsView(insight: LayerInsight, scheme: SchemeId, parameters: number): WeightsView {
  const { largestCode, name } = SCHEMES[scheme];
  const { scale, zeroShare, clippedShare, weights } = insight;
  const count = formats.count(parameters);
  if (largestCode === 0) return { aside: `${count} parameters`, label: `Histogram of the weights, kept as they are at ${name}`, zone: null, clip: null };
  const levels = insight.levels.length > 0 ? ` with ${insight.levels.length} levels` : '';
  if (largestCode === 1) {
    const zero = zeroShare > 0 ? `zero ${share(zeroShare)} · ` : '';
    return {
      aside: `${zero}±α ${share(1 - zeroShare)} · α ${formats.short(scale)}`,
      label: `Histogram of the weights${levels} of ${name}: ${zero}scale ${formats.short(scale)}`,
      zone: zeroShare > 0 ? centralBand(weights, zeroShare) : null,
      clip: null,
    };
  }
  const edge = (largestCode + 0.5) * scale;
  return {
    aside: `step ${formats.short(scale)} · clipped ${share(clippedShare)}`,
    label: `Histogram of the weights${levels} of ${name}: step ${formats.short(scale)}, ${share(clippedShare)} clipped`,
    zone: null,
    // Channels differ in scale; the mark is the median channel's, and only where something is clipped.
    clip: clippedShare > 0 && edge < weights.high ? { low: -edge, high: edge } : null,
  };
}

/** The band around zero that holds this share of the mass: where the thresholds lie. */
export function centralBand({ low, high, counts }: Histogram, mass: number): readonly [number, number] {
  const width = (high - low) / counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bins = counts.map((count, index) => ({ distance: Math.abs(low + (index + 0.5) * width), count })).sort((a, b) => a.distance - b.distance);
  let held = 0;
  for (const bin of bins) {
    held += bin.count;
    if (held >= mass * total) return [-(bin.distance + width / 2), bin.distance + width / 2];
  }
  return [low, high];
}

export function inputView(insight: LayerInsight, scheme: SchemeId): { readonly aside: string; readonly label: string } {
  const { input, inputClip, inputClippedShare, inputThreshold } = insight;
  const range = input ? `from ${formats.short(input.low)} to ${formats.short(input.high)}` : '';
  if (inputThreshold !== null) {
    const threshold = formats.short(inputThreshold);
    return { aside: `one bit, typical threshold ${threshold}`, label: `Histogram of the inputs ${range}, one bit each: 1 from about ${threshold} on` };
  }
  if (!inputClip) return { aside: 'not quantised', label: `Histogram of the inputs ${range} at ${SCHEMES[scheme].name}` };
  return {
    aside: `INT8, MSE clip · clipped ${share(inputClippedShare)}`,
    label: `Histogram of the inputs ${range}, square-root scale, clipped at ${formats.short(inputClip.high)}`,
  };
}

export interface SpeedView {
  readonly ratio: string;
  readonly tone: 'better' | 'worse' | 'none';
  readonly kernel: string;
  readonly title: string;
}

/** "2.4× faster" than FP32 for this layer, with the kernel that did it. */
export function speedView(timing: LayerTiming, scheme: SchemeId): SpeedView {
  const { milliseconds, floatMilliseconds, kernel } = timing;
  const ratio = milliseconds > 0 ? floatMilliseconds / milliseconds : 1;
  const tone = ratio >= 1.05 ? 'better' : ratio < 0.95 ? 'worse' : 'none';
  return {
    ratio: formats.ratio(ratio, { above: 'faster', below: 'slower', equal: 'As fast as' }),
    tone: scheme === 'float32' ? 'none' : tone,
    kernel,
    title: scheme === 'float32' ? 'How fast' : tone === 'worse' ? 'Why this slow' : 'Why this fast',
  };
}
