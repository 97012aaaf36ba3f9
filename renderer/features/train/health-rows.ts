import type { Formats } from '../../../core/base/format.ts';
import { MISSING } from '../../../core/base/format.ts';
import type { TrainProgress } from '../../../core/jobs/contract.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { drifts, layerState, usualFlips, type LayerState } from '../../../core/train/verdict.ts';
import type { Curves, LayerTrend } from '../../state/training-curves.ts';

export interface HealthRow {
  readonly layer: string;
  readonly scheme: SchemeId;
  readonly flipRatio: string;
  /** Null where the layer has no codes to change. */
  readonly flips: readonly number[] | null;
  readonly scaleDrift: string;
  readonly drift: readonly number[];
  readonly driftWarns: boolean;
  readonly sqnr: string;
  readonly signal: readonly number[];
  readonly state: LayerState;
  readonly warns: boolean;
  readonly note: string;
}

type LayerReport = TrainProgress['layers'][number];

const NO_TREND: LayerTrend = { flips: [], drift: [], sqnr: [] };

/** One row a layer, in the order of the graph. */
export function healthRows(
  progress: TrainProgress | null,
  layers: readonly { readonly layer: string; readonly scheme: SchemeId }[],
  trends: Curves['trends'],
  formats: Formats,
): readonly HealthRow[] {
  const shareDone = progress && progress.steps > 0 ? progress.step / progress.steps : 0;
  const reports = new Map(progress?.layers.map((report) => [report.layer, report]));
  return layers.map(({ layer, scheme }) => {
    const report = reports.get(layer);
    const trend = trends[layer] ?? NO_TREND;
    const state = report ? layerState(report, scheme, trend.flips, shareDone) : 'steady';
    return {
      layer,
      scheme,
      flips: report && report.flipRatio !== null ? trend.flips : null,
      flipRatio: report && report.flipRatio !== null ? writeFlips(report.flipRatio, formats) : MISSING,
      scaleDrift: report ? formats.percent(report.scaleDrift, 1) : MISSING,
      drift: trend.drift,
      driftWarns: report !== undefined && drifts(report),
      sqnr: report ? formats.decibels(report.sqnr) : MISSING,
      signal: trend.sqnr,
      state,
      warns: state !== 'steady',
      note: report ? noteOf(state, report, shareDone, formats) : '',
    };
  });
}

/** What it means, and what helps. */
function noteOf(state: LayerState, { flipRatio, scaleDrift }: LayerReport, shareDone: number, formats: Formats): string {
  switch (state) {
    case 'still flipping':
      return `${formats.percent(flipRatio ?? 0, 1)} of signs a step; below ${formats.percent(usualFlips(shareDone), 1)} is usual here: a lower learning rate settles them`;
    case 'scale drifts':
      return `scales moved by ${formats.percent(scaleDrift)} since calibration: lower the learning rate, or calibrate again`;
    case 'stuck':
      return 'no sign has moved yet: raise the learning rate';
    case 'steady':
      return '';
  }
}

function writeFlips(ratio: number, formats: Formats): string {
  return ratio === 0 ? formats.count(0) : formats.scientific(ratio);
}
