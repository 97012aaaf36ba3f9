import { about, join, MISSING } from '../../core/base/format.ts';
import { findFlips, pairedDifference } from '../../core/analysis/comparison.ts';
import type { Evaluation, SpeedMeasurement } from '../../core/jobs/contract.ts';
import type { MeterEnd, MeterProps } from '../ui/meter.tsx';
import { formats, sizeText, timeText } from '../ui/format.ts';
import { linearTrack, logTrack } from './meter-scale.ts';
import { ratioView } from './speed-view.ts';

type MeterModel = Omit<MeterProps, 'action' | 'details'>;
const NBSP = '\u00a0';

export function sizeMeter(totalBytes: number, floatBytes: number, budget: number | undefined): MeterModel {
  const { value, unit } = formats.size(totalBytes);
  const ratio = floatBytes / totalBytes;
  return {
    title: 'Size',
    provenance: 'measured',
    provenanceText: 'exact',
    baseline: { name: 'FP32', from: { value: sizeText(floatBytes) }, to: { value: sizeText(totalBytes) } },
    value,
    unit,
    exact: join(formats.exactSize(totalBytes)),
    delta: {
      text: formats.ratio(ratio, { above: 'smaller', below: 'larger', equal: 'as large as FP32' }),
      tone: ratio >= 1.05 ? 'better' : ratio < 0.95 ? 'worse' : 'none',
      estimated: false,
    },
    budget: budget === undefined ? null : budgetText('≤', sizeText(budget), totalBytes <= budget, `${sizeText(totalBytes - budget)} over`),
    track: logTrack({ baseline: floatBytes, current: totalBytes, budget, inside: 'below' }, floatBytes / 40),
    trackLabel: `Size: from ${sizeText(floatBytes)} to ${sizeText(totalBytes)}`,
  };
}

export interface AccuracyInputs {
  readonly evaluation: Evaluation | undefined;
  /** The last one shown, while the new one is measured. */
  readonly before: Evaluation | undefined;
  readonly baseline: Evaluation | undefined;
  readonly labels: Int32Array | null;
  readonly budget: number | undefined;
  readonly measuring: boolean;
  readonly isBaseline: boolean;
}

export function accuracyMeter(inputs: AccuracyInputs): MeterModel {
  const { evaluation, before, baseline, labels, budget, measuring, isBaseline } = inputs;
  const shown = evaluation ?? before;
  const title = shown?.measure === 'agreement' ? 'Agreement' : 'Accuracy';
  const empty = { title, provenance: 'refining' as const, provenanceText: measuring ? 'measuring' : 'not measured', baseline: null, value: MISSING, unit: '%' };
  if (!shown) return { ...empty, delta: null, budget: null, track: null, trackLabel: '' };
  const { value, spread } = formats.accuracy(shown.accuracy, shown.interval);
  const from = baseline && formats.accuracy(baseline.accuracy, baseline.interval);
  const gap = evaluation && baseline && !isBaseline ? difference(evaluation, baseline, labels) : null;
  return {
    title,
    provenance: evaluation ? 'measured' : 'refining',
    provenanceText: evaluation ? `measured, ${formats.count(evaluation.count)} images` : 'measuring',
    baseline: from ? { name: 'FP32', from: endOf(from), to: evaluation ? endOf({ value, spread }) : { value: MISSING } } : null,
    value,
    unit: spread,
    stale: !evaluation,
    delta: gap && { text: `${gap.arrow} ${gap.text}`.trim(), tone: gap.meaning, estimated: false },
    budget:
      budget === undefined
        ? null
        : budgetText('≥', formats.percent(budget), evaluation ? shown.accuracy >= budget : null, `${formats.decimal((budget - shown.accuracy) * 100, 1)} short`),
    track: linearTrack({
      baseline: baseline?.accuracy ?? null,
      current: shown.accuracy,
      budget,
      inside: 'above',
      baselineInterval: baseline ? [baseline.interval.low, baseline.interval.high] : null,
      currentInterval: [shown.interval.low, shown.interval.high],
    }),
    trackLabel: `${title}: ${value} ${spread}${from ? `, FP32 ${from.value} ${from.spread}` : ''}`,
  };
}

/** The interval is the part that leaves first; its percent sign stays. */
function endOf({ value, spread }: { readonly value: string; readonly spread: string }): MeterEnd {
  return { value, spread: spread.replace(/\s*%$/, ''), unit: '%' };
}

/** On the samples both have answered; paired, because they are the same ones. */
function difference(now: Evaluation, baseline: Evaluation, labels: Int32Array | null) {
  const samples = Math.min(now.count, baseline.count);
  if (!labels || samples === 0) return formats.points(now.accuracy - baseline.accuracy, null);
  const flips = findFlips(labels.subarray(0, samples), baseline.predictions.subarray(0, samples), now.predictions.subarray(0, samples));
  const paired = pairedDifference(flips.rightToWrong.length, flips.wrongToRight.length, samples);
  return formats.points(paired.change, paired.halfWidth);
}

export interface SpeedInputs {
  readonly speed: SpeedMeasurement | undefined;
  /** From the kernel table, while nothing is measured. */
  readonly estimated: number | null;
  readonly floatMilliseconds: number | null;
  readonly budget: number | undefined;
}

export function speedMeter({ speed, estimated, floatMilliseconds, budget }: SpeedInputs): MeterModel {
  const now = speed?.milliseconds ?? estimated;
  const float = speed?.floatMilliseconds ?? floatMilliseconds;
  if (now === null) {
    const empty = { title: 'Speed', provenance: 'refining' as const, provenanceText: 'measuring', baseline: null, value: MISSING, unit: 'ms' };
    return { ...empty, delta: null, budget: null, track: null, trackLabel: '' };
  }
  const { value, unit } = formats.duration(now);
  const ratio = speed?.ratio.median ?? (float === null ? null : float / now);
  const mark = (text: string): string => (speed ? text : about(text));
  return {
    title: 'Speed',
    provenance: speed ? 'measured' : 'estimated',
    provenanceText: speed ? `measured here, ${speed.threads} thread${speed.threads === 1 ? '' : 's'}` : 'forecast from kernel table',
    baseline: float === null ? null : { name: 'FP32', from: { value: timeText(float) }, to: { value: mark(timeText(now)) } },
    value: mark(value),
    unit,
    exact: speed && `Median of ${speed.rounds} rounds; ${speed.environment}`,
    delta:
      ratio === null
        ? null
        : {
            ...ratioView(ratio, !speed),
            estimated: !speed,
          },
    budget: budget === undefined ? null : budgetText('≤', timeText(budget), now <= budget, `${timeText(now - budget)} over`),
    track: logTrack({ baseline: float, current: now, budget, inside: 'below' }, (float ?? now) / 8),
    trackLabel: `Speed: ${mark(timeText(now))}${float === null ? '' : `, FP32 ${timeText(float)}`}`,
  };
}

function budgetText(sign: '≤' | '≥', text: string, kept: boolean | null, shortfall: string): MeterProps['budget'] {
  return { text: `${sign}${NBSP}${text}`, kept, shortfall };
}

