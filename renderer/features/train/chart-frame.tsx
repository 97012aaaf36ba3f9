import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import type { ChangeMark } from '../../state/training-curves.ts';
import { epochAt, leftOf, type ShownBand } from './plot.ts';

export interface ChartKey {
  readonly label: string;
  /** Class of the line in `.ch`. */
  readonly line: 's1' | 's1g' | 's2' | 's3' | 's4';
}

export interface TipRow {
  readonly label: string;
  readonly value: string;
  readonly current?: boolean;
}

export interface ChartFrameProps {
  readonly title: string;
  readonly unit: string;
  readonly keys: readonly ChartKey[];
  readonly summary: string;
  readonly epochs: number;
  readonly bands: readonly ShownBand[];
  readonly marks: readonly ChangeMark[];
  /** Epoch of the cross-hair shared by the charts of a run. */
  readonly cross: number | null;
  readonly onCross: (epoch: number | null) => void;
  readonly tip: { readonly title: string; readonly rows: readonly TipRow[] } | null;
  readonly children: ReactNode;
}

/** Title, keys, stage names, cross-hair and tooltip around a chart. Arrow keys move the cross-hair. */
export function ChartFrame({ title, unit, keys, summary, epochs, bands, marks, cross, onCross, tip, children }: ChartFrameProps) {
  const box = useRef<HTMLDivElement>(null);
  const follow = (event: PointerEvent) => {
    const bounds = box.current?.getBoundingClientRect();
    if (bounds) onCross(epochAt(event.clientX - bounds.left, bounds.width, epochs));
  };
  const press = (event: KeyboardEvent) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') onCross(null);
    if (direction === undefined) return;
    event.preventDefault();
    const step = epochs > 10 ? 1 : epochs / 20;
    onCross(Math.min(epochs, Math.max(0, (cross ?? (direction > 0 ? -step : epochs + step)) + direction * step)));
  };
  return (
    <section className="chart" aria-label={title}>
      <div className="chart-h">
        <h3>{title}</h3>
        <span className="u trunc">{unit}</span>
        <span className="keys">
          {keys.map((key) => (
            <span key={key.label} className="key">
              <svg viewBox="0 0 18 8" aria-hidden="true" className="ch">
                <path className={key.line} d="M0 4h18" />
              </svg>
              {key.label}
            </span>
          ))}
        </span>
      </div>
      <div ref={box} className="plot" tabIndex={0} role="img" aria-label={summary} onPointerMove={follow} onPointerLeave={() => onCross(null)} onKeyDown={press} onBlur={() => onCross(null)}>
        <div className="plot-in" aria-hidden="true">
          {children}
        </div>
        {bands.map((band) => (
          <span key={band.from} className="plot-band" style={{ left: leftOf(band.from, epochs), maxWidth: `${((band.room - band.from) / epochs) * 100}%` }}>
            {band.stage}
          </span>
        ))}
        {marks.map((mark) => (
          <span key={mark.epoch} className={mark.epoch > epochs / 2 ? 'plot-mark plot-mark-l' : 'plot-mark'} style={{ left: leftOf(mark.epoch, epochs) }} title={mark.changes.join('\n')}>
            <span>{mark.changes.length === 1 ? mark.changes[0] : `${mark.changes.length} changes`}</span>
          </span>
        ))}
        {cross !== null && <span className="plot-cross" style={{ left: leftOf(cross, epochs) }} />}
        {cross !== null && tip && (
          <div className={cross > epochs / 2 ? 'tip plot-tip plot-tip-l' : 'tip plot-tip'} style={{ left: leftOf(cross, epochs) }}>
            <b>{tip.title}</b>
            <div className="tip-row">
              {tip.rows.map((row) => (
                <TipLine key={`${row.label} ${row.value}`} row={row} />
              ))}
            </div>
          </div>
        )}
      </div>
      <p className="sr" role="status">
        {cross !== null && tip ? `${tip.title}: ${tip.rows.map((row) => `${row.label} ${row.value}`).join(', ')}` : ''}
      </p>
    </section>
  );
}

function TipLine({ row }: { readonly row: TipRow }) {
  return (
    <>
      <span />
      <span>{row.label}</span>
      {row.current ? <b className="num">{row.value}</b> : <span className="num">{row.value}</span>}
    </>
  );
}
