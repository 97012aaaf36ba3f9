import { about } from '../../../../core/base/format.ts';
import { isSlower, reasonText, slowerText } from '../../../../core/bench/reasons.ts';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import type { Histogram, LayerInsight, LayerTiming } from '../../../../core/jobs/contract.ts';
import { formats, timeText } from '../../../ui/format.ts';
import type { RungBar } from '../../../ui/rung-bars.tsx';

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
  readonly title: string;
  readonly measured: boolean;
  /** "0.11 ms against 0.24 ms", with the sign of a forecast where it is one. */
  readonly time: string;
  /** Null for a float32 layer, which is its own baseline. */
  readonly ratio: { readonly text: string; readonly tone: 'better' | 'worse' | 'none' } | null;
  /** Why, one sentence each; the kernel where there is nothing else to say. */
  readonly reasons: readonly string[];
  readonly kernel: string;
  /** Every rung that the layer can take, alone. */
  readonly rungs: readonly RungBar[];
}

export interface SpeedViewInputs {
  readonly scheme: SchemeId;
  /** In this network; absent until exactly this plan is measured. */
  readonly timing: LayerTiming | undefined;
  /** The layer alone, from the kernel table. */
  readonly costs: Readonly<Partial<Record<SchemeId, number>>> | undefined;
}

/** How fast the layer is, why, and what each rung would take; null while nothing is known. */
export function speedView({ scheme, timing, costs }: SpeedViewInputs): SpeedView | null {
  const milliseconds = timing?.milliseconds ?? costs?.[scheme];
  const float = timing?.floatMilliseconds ?? costs?.float32;
  if (milliseconds === undefined) return null;
  const mark = (text: string): string => (timing ? text : about(text));
  const ratio = scheme === 'float32' || !float || milliseconds <= 0 ? null : float / milliseconds;
  const slower = ratio !== null && isSlower(ratio);
  const words = { above: 'faster than FP32', below: 'slower', equal: 'as fast as FP32' };
  return {
    title: ratio === null ? 'How fast' : slower ? 'Why this slow' : 'Why this fast',
    measured: timing !== undefined,
    time: mark(timeText(milliseconds)) + (ratio === null || float === undefined ? '' : ` against ${timeText(float)}`),
    ratio: ratio === null ? null : { text: mark(capitalised(slower ? slowerText(ratio, formats) : formats.ratio(ratio, words))), tone: slower ? 'worse' : ratio >= 1.05 ? 'better' : 'none' },
    reasons: (timing?.reasons ?? []).filter(({ kind }) => kind !== 'slower').map((reason) => reasonText(reason, formats)),
    kernel: timing?.kernel ?? '',
    rungs: rungBars(scheme, costs ?? {}),
  };
}

const capitalised = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}`;

function rungBars(now: SchemeId, costs: Readonly<Partial<Record<SchemeId, number>>>): readonly RungBar[] {
  const longest = Math.max(0, ...Object.values(costs));
  return SCHEME_IDS.flatMap((scheme): RungBar[] => {
    const cost = costs[scheme];
    if (cost === undefined) return [];
    const ratio = costs.float32 && cost > 0 ? costs.float32 / cost : 1;
    return [{ scheme, text: timeText(cost), share: longest > 0 ? cost / longest : 0, isNow: scheme === now, warning: scheme !== 'float32' && isSlower(ratio) ? slowerText(ratio, formats) : null }];
  });
}
