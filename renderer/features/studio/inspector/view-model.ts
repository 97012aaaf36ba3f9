import { about } from '../../../../core/base/format.ts';
import { isSlower, reasonText, slowerText } from '../../../../core/bench/reasons.ts';
import { NO_NOISE_DECIBELS } from '../../../../core/quant/signal-to-noise.ts';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import type { WeightPicture } from '../../../../core/analysis/diagnosis/weight-picture.ts';
import type { LayerDiagnosis } from '../../../../core/jobs/analysis-results.ts';
import type { LayerInsight, LayerTiming } from '../../../../core/jobs/contract.ts';
import { formats, timeText } from '../../../ui/format.ts';
import type { RungBar } from '../../../ui/rung-bars.tsx';

export interface WeightsView {
  readonly aside: string;
  readonly label: string;
  /** Ends of the grid, where something lies beyond. */
  readonly clip: WeightPicture['clip'];
}

function share(value: number): string {
  if (value > 0 && value < 5e-5) return `under ${formats.percent(1e-4, 2)}`;
  return formats.percent(value, value > 0 && value < 0.01 ? 2 : 1);
}

/** `of`: "the weights", "the weights of channel 11". */
export function weightsView(picture: WeightPicture, of: string): WeightsView {
  const { largestCode, name } = SCHEMES[picture.scheme];
  const { scale, zeroShare, clippedShare, weights, sqnr, clip } = picture;
  const count = formats.count(weights.counts.reduce((sum, each) => sum + each, 0));
  if (sqnr === null) return { aside: `${count} weights`, label: `Histogram of ${of}, kept as they are at ${name}`, clip: null };
  const levels = picture.levels.length > 0 ? ` with ${picture.levels.length} levels` : '';
  if (largestCode === 1) {
    const zero = zeroShare > 0 ? `zero ${share(zeroShare)} · ` : '';
    const alpha = picture.levels.length > 0 ? magnitudes(picture.levels) : formats.short(scale);
    return { aside: `${zero}±α ${share(1 - zeroShare)} · α ${alpha}`, label: `Histogram of ${of}${levels} of ${name}: ${zero}scale ${alpha}`, clip: null };
  }
  return {
    aside: `step ${formats.short(scale)} · clipped ${share(clippedShare)}`,
    label: `Histogram of ${of}${levels} of ${name}: step ${formats.short(scale)}, ${share(clippedShare)} clipped`,
    // Channels differ in scale; of a layer the mark is the median channel's.
    clip: clippedShare > 0 ? clip : null,
  };
}

/** The magnitude of the outer levels, or both where they differ. */
function magnitudes(levels: readonly number[]): string {
  const [low, high] = [formats.short(-levels[0]), formats.short(levels[levels.length - 1])];
  return low === high ? high : `−${low}, +${high}`;
}

export function inputView(insight: LayerInsight): { readonly aside: string; readonly label: string } {
  const { input, inputClip, inputClippedShare, inputThresholds } = insight;
  const range = input ? `from ${formats.short(input.low)} to ${formats.short(input.high)}` : '';
  if (inputThresholds !== null) {
    const { median, low, high } = inputThresholds;
    const spread = `${formats.short(low)} to ${formats.short(high)}`;
    return { aside: `one bit · thresholds ${spread}`, label: `Histogram of the inputs ${range}, one bit each: 1 from about ${formats.short(median)} on, by channel ${spread}` };
  }
  if (!inputClip) return { aside: 'not quantised', label: `Histogram of the inputs ${range} at ${SCHEMES[insight.picture.scheme].name}` };
  return {
    aside: `INT8, MSE clip · clipped ${share(inputClippedShare)}`,
    label: `Histogram of the inputs ${range}, square-root scale, clipped at ${formats.short(inputClip.high)}`,
  };
}

export interface FactRow {
  readonly name: string;
  readonly value: string;
  readonly isBad: boolean;
}

/** Numbers of a quantised layer that the pictures do not show. Those of its result are there once it has been run. */
export function factRows(insight: LayerInsight, diagnosis: LayerDiagnosis | undefined): readonly FactRow[] {
  const { picture, channels } = insight;
  if (picture.sqnr === null) return [];
  const rows: FactRow[] = [];
  const add = (name: string, value: string, isBad = false): void => void rows.push({ name, value, isBad });
  const output = diagnosis?.output;
  if (output) add('Output, as the kernel makes it', `${formats.decibels(output.rawSqnr)}\u00a0dB`);
  if (output) add('Output, mean and spread matched', `${formats.decibels(output.sqnr)}\u00a0dB`);
  if (output?.inputSqnr != null) add('Inputs on their INT8 grid', output.inputSqnr >= NO_NOISE_DECIBELS ? 'exact' : `${formats.decibels(output.inputSqnr)}\u00a0dB`);
  if (output?.inputOnes != null) add('Ones among the inputs', share(output.inputOnes));
  if (SCHEMES[picture.scheme].largestCode === 1) add('Positive signs', share(picture.positiveShare));
  if (diagnosis) add('Dead output channels', `${formats.count(diagnosis.dead.length)} of ${formats.count(channels.values.length)}`, diagnosis.dead.length > 0);
  return rows;
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
