import type { Formats } from '../../../core/base/format.ts';
import { MISSING } from '../../../core/base/format.ts';
import type { Evaluation, TrainProgress } from '../../../core/jobs/contract.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { Curves, StageBand } from '../../state/training-curves.ts';

export interface HealthRow {
  readonly layer: string;
  readonly scheme: SchemeId;
  readonly flipRatio: string;
  /** Null where the layer has no signs to flip. */
  readonly trend: readonly number[] | null;
  readonly scaleDrift: string;
  readonly driftWarns: boolean;
  readonly sqnr: string;
  readonly state: 'steady' | 'still flipping' | 'stuck' | 'scale drifts';
  readonly warns: boolean;
  readonly note: string;
}

/** Scales that moved by more than this share since calibration are worth a look. */
const DRIFT_LIMIT = 0.25;
/** Highest usual share of signs flipped a step: 1 in 100 at the start of a run, 1 in 1,000 at its end (METHODS §2). */
const FLIPS_AT_START = 1e-2;
const FLIPS_AT_END = 1e-3;

export function usualFlips(shareDone: number): number {
  return FLIPS_AT_START * (FLIPS_AT_END / FLIPS_AT_START) ** Math.min(1, Math.max(0, shareDone));
}

type LayerReport = TrainProgress['layers'][number];
type Verdict = Pick<HealthRow, 'state' | 'note' | 'driftWarns'>;

/** One row a layer, in the order of the graph. */
export function healthRows(
  progress: TrainProgress | null,
  layers: readonly { readonly layer: string; readonly scheme: SchemeId }[],
  flips: Curves['flips'],
  formats: Formats,
): readonly HealthRow[] {
  const shareDone = progress && progress.steps > 0 ? progress.step / progress.steps : 0;
  const reports = new Map(progress?.layers.map((report) => [report.layer, report]));
  return layers.map(({ layer, scheme }) => {
    const report = reports.get(layer);
    const trend = report && report.flipRatio !== null ? (flips[layer] ?? []) : null;
    const verdict = report ? judge(report, scheme, trend ?? [], shareDone, formats) : STEADY;
    return {
      layer,
      scheme,
      trend,
      flipRatio: report && report.flipRatio !== null ? writeFlips(report.flipRatio, formats) : MISSING,
      scaleDrift: report ? formats.percent(report.scaleDrift, 1) : MISSING,
      sqnr: report ? formats.decibels(report.sqnr) : MISSING,
      warns: verdict.state !== 'steady',
      ...verdict,
    };
  });
}

const STEADY: Verdict = { state: 'steady', note: '', driftWarns: false };

function judge(report: LayerReport, scheme: SchemeId, trend: readonly number[], shareDone: number, formats: Formats): Verdict {
  const { flipRatio, scaleDrift } = report;
  const driftWarns = scaleDrift > DRIFT_LIMIT;
  const usual = usualFlips(shareDone);
  // Codes of many levels move with every step; a sign that flips changes its weight as much as it can.
  const hasSigns = flipRatio !== null && SCHEMES[scheme].largestCode === 1;
  if (hasSigns && flipRatio > usual) {
    return { state: 'still flipping', driftWarns, note: `${formats.percent(flipRatio, 1)} of signs a step; below ${formats.percent(usual, 1)} is usual here` };
  }
  if (driftWarns) return { state: 'scale drifts', driftWarns, note: `scales moved by ${formats.percent(scaleDrift)} since calibration` };
  if (hasSigns && shareDone > 0.1 && shareDone < 0.5 && trend.length > 3 && trend.every((ratio) => ratio === 0)) {
    return { state: 'stuck', driftWarns, note: 'no sign has moved yet: raise the learning rate' };
  }
  return STEADY;
}

function writeFlips(ratio: number, formats: Formats): string {
  return ratio === 0 ? formats.count(0) : formats.scientific(ratio);
}

export interface RunText {
  readonly share: number;
  readonly epochEnds: readonly number[];
  readonly where: string;
  readonly rate: string;
  readonly left: string;
}

export function runText(progress: TrainProgress, batch: number | null, formats: Formats): RunText {
  const share = progress.steps === 0 ? 0 : progress.step / progress.steps;
  const images = `${formats.count(progress.imagesPerSecond)} images/s`;
  const steps = batch ? `${formats.short(progress.imagesPerSecond / batch)} steps/s · ${images}` : images;
  // Ticks closer than some pixels would only be a grey bar.
  const dense = progress.epochs > 60;
  return {
    share,
    epochEnds: dense ? [] : Array.from({ length: Math.max(0, Math.ceil(progress.epochs) - 1) }, (_, epoch) => (epoch + 1) / progress.epochs),
    where: `Epoch ${formats.count(progress.epoch)} of ${formats.count(progress.epochs)} · step ${formats.count(progress.step)} of ${formats.count(progress.steps)}`,
    rate: steps,
    left: share >= 1 ? 'Measuring the deployed network' : `${formats.timeLeft(progress.secondsLeft, share)} left`,
  };
}

/** Clock time at which the run ends, in the person's own form. */
export function endsAt(nowMs: number, secondsLeft: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(nowMs + secondsLeft * 1000);
}

export interface ResultText {
  readonly tone: 'better' | 'warn';
  readonly title: string;
  readonly detail: string;
}

/** More points than this between the deployed network and the simulation is more than rounding. */
const AGREEMENT_POINTS = 0.5;

/** The number that counts is the deployed network's; the simulation only stands beside it. */
export function resultText(name: string, deployed: Evaluation, simulated: number, formats: Formats): ResultText {
  const accuracy = formats.accuracy(deployed.accuracy, deployed.interval);
  const title = `${name}: ${accuracy.value} ${accuracy.spread}`;
  const images = `${formats.count(deployed.count)} validation images, deployed network`;
  const gap = (deployed.accuracy - simulated) * 100;
  const simulation = `the simulation said ${formats.decimal(simulated * 100, 1)}\u00a0%`;
  if (Math.abs(gap) <= AGREEMENT_POINTS) return { tone: 'better', title, detail: `${images}; ${simulation}.` };
  return { tone: 'warn', title, detail: `${images}; ${simulation}, ${formats.signed(gap, 1)}\u00a0pt from what is deployed.` };
}

/** One sentence with the finding, for people who do not see the chart. */
export function lossSummary(curves: Curves, formats: Formats): string {
  const first = curves.loss[0];
  const last = curves.loss.at(-1);
  if (!first || !last) return 'Training loss: no step has ended yet.';
  const trend = last.smoothed < first.smoothed * 0.98 ? 'falling' : last.smoothed > first.smoothed * 1.02 ? 'rising' : 'level';
  return `Training loss by epoch, ${trend} from ${formats.short(first.smoothed)} to ${formats.short(last.smoothed)}.`;
}

export function accuracySummary(curves: Curves, teacher: number | null, formats: Formats): string {
  const checks = curves.accuracy.filter((point) => point.validation !== null);
  const last = checks.at(-1);
  if (!last) return 'Validation accuracy: no epoch has been checked yet.';
  const against = teacher === null ? '' : `, against the teacher at ${formats.decimal(teacher, 1)} percent`;
  return `Validation accuracy by epoch, ${formats.decimal(checks[0].validation ?? 0, 1)} to ${formats.decimal(last.validation ?? 0, 1)} percent${against}.`;
}

export function stageAt(stages: readonly StageBand[], epoch: number): string {
  return stages.find((band) => epoch <= band.to)?.stage ?? stages.at(-1)?.stage ?? '';
}
