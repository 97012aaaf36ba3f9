import { useMemo, useState } from 'react';
import type { Formats } from '../../../core/base/format.ts';
import { ChartFrame, type ChartKey, type TipRow } from './chart-frame.tsx';
import { CurveChart, type CurveLine } from './curve-chart.tsx';
import { shownBands } from './plot.ts';
import { nearest, type Curves } from '../../state/training-curves.ts';
import { niceTicks } from '../../ui/ticks.ts';
import { accuracySummary, lossSummary, stageAt } from './view-model.ts';

export interface CurvesProps {
  readonly curves: Curves;
  readonly epochs: number;
  /** Percent, on the validation images. */
  readonly teacher: number | null;
  readonly validationImages: number | null;
  readonly formats: Formats;
}

const LOSS_LINES: readonly CurveLine[] = [{ key: 'rate', look: 'rate' }, { key: 'raw', look: 'raw' }, { key: 'smoothed', look: 'current' }];
const LOSS_KEYS: readonly ChartKey[] = [{ label: 'training, smoothed', line: 's1' }, { label: 'raw', line: 's1g' }, { label: 'learning rate', line: 's4' }];
const ACCURACY_LINES: readonly CurveLine[] = [{ key: 'training', look: 'third' }, { key: 'validation', look: 'current' }];
const ACCURACY_KEYS: readonly ChartKey[] = [{ label: 'validation', line: 's1' }, { label: 'training', line: 's3' }];
const TEACHER_KEY: ChartKey = { label: 'teacher', line: 's2' };

function range(values: readonly number[], fallback: readonly [number, number]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return fallback;
  return finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [Infinity, -Infinity] as readonly [number, number]);
}

/** Loss and accuracy side by side, with one cross-hair for both. */
export function CurvePair({ curves, epochs, teacher, validationImages, formats }: CurvesProps) {
  const [cross, setCross] = useState<number | null>(null);
  const bands = useMemo(() => shownBands(curves.stages, epochs), [curves.stages, epochs]);
  const lossTicks = useMemo(() => {
    const [low, high] = range(curves.loss.flatMap((point) => [point.raw, point.smoothed]), [0, 1]);
    return niceTicks(low, high);
  }, [curves.loss]);
  const accuracyTicks = useMemo(() => {
    const shown = curves.accuracy.flatMap((point) => [point.validation, point.training]).filter((value) => value !== null);
    const [low, high] = range(teacher === null ? shown : [...shown, teacher], [0, 100]);
    return niceTicks(low, high).filter((tick) => tick >= 0 && tick <= 100);
  }, [curves.accuracy, teacher]);

  const topRate = useMemo(() => curves.loss.reduce((top, { rate }) => Math.max(top, rate), 0), [curves.loss]);
  const newestLoss = curves.loss.at(-1);
  const newestCheck = curves.accuracy.findLast((point) => point.validation !== null);
  const where = cross === null ? '' : `Epoch ${formats.decimal(cross, epochs > 10 ? 0 : 1)}${stageAt(bands, cross) ? `, ${stageAt(bands, cross)}` : ''}`;
  const loss = cross === null ? null : nearest(curves.loss, cross);
  const check = cross === null ? null : nearest(curves.accuracy.filter((point) => point.validation !== null), cross);
  const training = cross === null ? null : nearest(curves.accuracy.filter((point) => point.training !== null), cross);
  const percent = (value: number) => `${formats.decimal(value, 1)}\u00a0%`;
  const accuracyRows: TipRow[] = [];
  if (check?.validation != null) accuracyRows.push({ label: 'validation', value: percent(check.validation), current: true });
  if (training?.training != null) accuracyRows.push({ label: 'training', value: percent(training.training) });
  if (check?.validation != null && teacher !== null) accuracyRows.push({ label: 'to the teacher', value: `${formats.signed(check.validation - teacher, 1)}\u00a0pt` });
  const lossRows: readonly TipRow[] = loss
    ? [{ label: 'smoothed', value: formats.short(loss.smoothed), current: true }, { label: 'raw', value: formats.short(loss.raw) }, { label: 'learning rate', value: formats.scientific(loss.rate) }]
    : [];
  // A change stands in the tooltip as long as the cross-hair is beside its mark.
  const mark = cross === null ? null : nearest(curves.marks, cross);
  const changed: readonly TipRow[] = mark && Math.abs(mark.epoch - (cross ?? 0)) < epochs / 60 ? mark.changes.map((change) => ({ label: 'changed', value: change })) : [];
  const images = validationImages === null ? '%' : `%, ${formats.count(validationImages)} validation images`;
  const shared = { epochs, bands, marks: curves.marks, cross, onCross: setCross };
  return (
    <div className="charts2">
      <ChartFrame {...shared} title="Loss" unit="lower is better" keys={LOSS_KEYS} summary={lossSummary(curves, formats)} tip={lossRows.length ? { title: where, rows: [...lossRows, ...changed] } : null}>
        <CurveChart points={curves.loss} lines={LOSS_LINES} epochs={epochs} yTicks={lossTicks} bands={bands} reference={null} topRate={topRate > 0 ? topRate : null} newest={newestLoss ? { epoch: newestLoss.epoch, value: newestLoss.smoothed } : null} formats={formats} />
      </ChartFrame>
      <ChartFrame
        {...shared}
        title="Accuracy"
        unit={images}
        keys={teacher === null ? ACCURACY_KEYS : [...ACCURACY_KEYS, TEACHER_KEY]}
        summary={accuracySummary(curves, teacher, formats)}
        tip={accuracyRows.length ? { title: where, rows: [...accuracyRows, ...changed] } : null}
      >
        <CurveChart
          points={curves.accuracy}
          lines={ACCURACY_LINES}
          epochs={epochs}
          yTicks={accuracyTicks}
          bands={bands}
          reference={teacher}
          topRate={null}
          newest={newestCheck?.validation != null ? { epoch: newestCheck.epoch, value: newestCheck.validation } : null}
          formats={formats}
        />
      </ChartFrame>
    </div>
  );
}
