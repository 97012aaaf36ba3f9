import { about, join, MISSING } from '../../core/base/format.ts';
import type { NetworkCosts } from '../../core/bench/forecast.ts';
import type { Spread } from '../../core/bench/interleave.ts';
import { isSlower, reasonText, slowerText } from '../../core/bench/reasons.ts';
import type { BaselineMeasurement, SpeedMeasurement } from '../../core/jobs/contract.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { formats, timeText } from '../ui/format.ts';

/** Rungs with a column of their own: the float network, the one everybody has, and one bit. */
export const SHOWN_RUNGS = ['float32', 'int8', 'xnor'] as const satisfies readonly SchemeId[];

export type Tone = 'better' | 'worse' | 'none';

export interface RatioView {
  readonly text: string;
  readonly tone: Tone;
}

/** "2.3× faster", "slower than float32 (0.8×)" or "as fast". */
export function ratioView(ratio: number, estimated = false): RatioView {
  const mark = (text: string): string => (estimated ? about(text) : text);
  if (isSlower(ratio)) return { text: mark(slowerText(ratio, formats)), tone: 'worse' };
  const text = formats.ratio(ratio, { above: 'faster', below: 'slower', equal: 'as fast as float32' });
  return { text: mark(text), tone: ratio >= 1.05 ? 'better' : 'none' };
}

export interface RungCell {
  readonly scheme: SchemeId;
  readonly text: string;
  /** Of the longest of the row, 0 to 1; 0 where the layer cannot take the rung. */
  readonly share: number;
}

export interface SpeedRow {
  readonly layer: string;
  readonly scheme: SchemeId;
  readonly time: string;
  readonly measured: boolean;
  /** Null for a float32 layer. */
  readonly ratio: RatioView | null;
  readonly rungs: readonly RungCell[];
  /** Sentences; empty where the layer is as fast as its precision lets it be. */
  readonly why: string;
}

export interface SpeedRowInputs {
  readonly layers: readonly { readonly id: string; readonly scheme: SchemeId }[];
  /** Of exactly this plan; without it the rows are forecasts. */
  readonly speed: SpeedMeasurement | undefined;
  readonly costs: NetworkCosts | null;
}

export function speedRows({ layers, speed, costs }: SpeedRowInputs): readonly SpeedRow[] {
  const timings = new Map(speed?.layers.map((timing) => [timing.layer, timing]));
  return layers.map(({ id, scheme }) => {
    const timing = timings.get(id);
    const row = costs?.layers[id];
    const milliseconds = timing?.milliseconds ?? row?.[scheme] ?? null;
    const float = timing?.floatMilliseconds ?? row?.float32 ?? null;
    const ratio = scheme === 'float32' || !milliseconds || !float ? null : ratioView(float / milliseconds, !timing);
    const longest = Math.max(0, ...SHOWN_RUNGS.map((rung) => row?.[rung] ?? 0));
    return {
      layer: id,
      scheme,
      time: milliseconds === null ? MISSING : timing ? timeText(milliseconds) : about(timeText(milliseconds)),
      measured: timing !== undefined,
      ratio,
      rungs: SHOWN_RUNGS.map((rung) => {
        const cost = row?.[rung];
        return { scheme: rung, text: cost === undefined ? MISSING : timeText(cost), share: cost === undefined || longest === 0 ? 0 : cost / longest };
      }),
      // The ratio has said that it is slower.
      why: (timing?.reasons ?? []).filter(({ kind }) => kind !== 'slower').map((reason) => reasonText(reason, formats)).join(' '),
    };
  });
}

/** What holds the whole network back, one sentence each; whether it is slower is said beside its time. */
export function networkFindings(speed: SpeedMeasurement): readonly string[] {
  return speed.reasons.filter(({ kind }) => kind !== 'slower').map((reason) => reasonText(reason, formats));
}

export interface BaselineRow {
  readonly name: string;
  readonly time: string;
  readonly quartiles: string;
  readonly share: number;
  readonly against: string;
  readonly tone: Tone;
}

const betweenText = ({ lowerQuartile, upperQuartile }: Spread): string => `${join(formats.duration(lowerQuartile))} to ${join(formats.duration(upperQuartile))}`;

export function baselineRows({ current, float, tensorflow, ratio, floatRatio }: BaselineMeasurement): readonly BaselineRow[] {
  const longest = Math.max(current.median, float.median, tensorflow.median);
  const row = (name: string, spread: Spread, against: Spread | null): BaselineRow => ({
    name,
    time: timeText(spread.median),
    quartiles: betweenText(spread),
    share: spread.median / longest,
    against: against ? againstText(against) : MISSING,
    tone: against && isSlower(against.median) ? 'worse' : 'none',
  });
  return [row('This network', current, ratio), row('FP32, Bitwright', float, floatRatio), row('FP32, TensorFlow.js', tensorflow, null)];
}

/** "4.0× faster (3.6 to 4.4)", "slower (0.8×, 0.7 to 0.9)": with the quartiles of the rounds. */
function againstText({ median, lowerQuartile, upperQuartile }: Spread): string {
  const times = (ratio: number): string => formats.decimal(ratio, ratio >= 0.95 && ratio < 1.05 ? 2 : 1);
  const between = `${times(lowerQuartile)} to ${times(upperQuartile)}`;
  return isSlower(median) ? `slower (${times(median)}×, ${between})` : `${times(median)}× faster (${between})`;
}

/** Where the figures of the comparison come from. */
export function baselineNote({ rounds, backend, environment }: BaselineMeasurement): string {
  return `${formats.count(rounds)} rounds, taking turns. Bitwright: ${environment}, 1 thread. TensorFlow.js: ${backend}, XNNPACK kernels, batch norm folded, with what each call costs there.`;
}
