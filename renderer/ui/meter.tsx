import { useId, type ReactNode } from 'react';
import { classes } from './classes.ts';

export type Provenance = 'measured' | 'estimated' | 'refining';

/** Places on the track, 0 to 1. */
export interface MeterTrack {
  readonly ticks: readonly number[];
  readonly baseline: number | null;
  readonly current: number | null;
  /** Zone inside the budget, and the budget itself. */
  readonly budget: { readonly at: number; readonly from: number; readonly to: number } | null;
  readonly baselineInterval: readonly [number, number] | null;
  readonly currentInterval: readonly [number, number] | null;
}

/** A value with what may be left out where there is no room: "87.2" " ±2.1" " %". */
export interface MeterEnd {
  readonly value: string;
  readonly spread?: string;
  readonly unit?: string;
}

export interface MeterProps {
  readonly title: string;
  readonly provenance: Provenance;
  readonly provenanceText: string;
  /** "FP32" and both ends of the way: "310.8 KB → 24.1 KB". */
  readonly baseline: { readonly name: string; readonly from: MeterEnd; readonly to: MeterEnd } | null;
  readonly value: string;
  readonly unit: string;
  /** The value belongs to an earlier state and is being replaced. */
  readonly stale?: boolean;
  readonly delta: { readonly text: string; readonly tone: 'better' | 'worse' | 'none'; readonly estimated: boolean } | null;
  readonly budget: { readonly text: string; readonly kept: boolean | null; readonly shortfall: string } | null;
  readonly track: MeterTrack | null;
  readonly trackLabel: string;
  /** Opens what stands behind the value. */
  readonly details?: ReactNode;
  /** Instead of the delta: what to do when there is nothing to show yet. */
  readonly action?: ReactNode;
  readonly exact?: string;
}

const PROVENANCE_CLASS = { measured: '', estimated: 'prov-e', refining: 'prov-r' } as const satisfies Record<Provenance, string>;

export function Meter(props: MeterProps) {
  const { title, provenance, provenanceText, baseline, value, unit, stale, delta, budget, track, trackLabel, action, details, exact } = props;
  const id = useId();
  return (
    <section className="meter" aria-labelledby={id}>
      <div className="meter-l">
        <h2 id={id}>{title}</h2>
        <span className={classes('prov', PROVENANCE_CLASS[provenance])}>{provenanceText}</span>
      </div>
      <div className="meter-b">
        {baseline && (
          <>
            <span className="long">{baseline.name} </span>
            <End {...baseline.from} /> → <End {...baseline.to} />
          </>
        )}
      </div>
      <div className={classes('meter-v', stale && 'meter-stale')} title={exact}>
        <b>{value}</b>
        <span>{unit}</span>
      </div>
      <div className="meter-d">
        {action ?? (
          <>
            {delta && <span className={classes(delta.tone === 'none' ? 'u' : delta.tone, delta.estimated && 'est')}>{delta.text}</span>}{' '}
            {budget && (
              <span className="long">
                <span className="u">· budget {budget.text}</span>{' '}
                {budget.kept !== null && <span className={budget.kept ? 'better' : 'worse'}>{budget.kept ? '✓' : `✗ ${budget.shortfall}`}</span>}
              </span>
            )}
          </>
        )}{' '}
        {details}
      </div>
      <Track track={track} label={trackLabel} estimated={provenance === 'estimated'} />
    </section>
  );
}

function End({ value, spread, unit }: MeterEnd) {
  return (
    <b>
      {value}
      {spread !== undefined && <span className="long spread"> {spread}</span>}
      {unit !== undefined && `\u00a0${unit}`}
    </b>
  );
}

/** The ends of the track stay inside the meter's padding. */
const place = (share: number): string => `${(1.2 + Math.min(1, Math.max(0, share)) * 97.6).toFixed(2)}%`;
const extent = (from: number, to: number): string => `${(Math.max(0, Math.min(1, to) - Math.max(0, from)) * 97.6).toFixed(2)}%`;

function Track({ track, label, estimated }: { readonly track: MeterTrack | null; readonly label: string; readonly estimated: boolean }) {
  if (!track) return <svg className="meter-t" aria-hidden="true" />;
  const { ticks, baseline, current, budget, baselineInterval, currentInterval } = track;
  return (
    <svg className="meter-t" role="img" aria-label={label}>
      {budget && <rect className="mt-ok" x={place(budget.from)} y="3" width={extent(budget.from, budget.to)} height="12" rx="2" />}
      {ticks.map((tick) => (
        <line key={tick} className="mt-tick" x1={place(tick)} x2={place(tick)} y1="6" y2="12" />
      ))}
      <line className="mt-track" x1={place(0)} x2={place(1)} y1="9" y2="9" />
      {budget && <line className="mt-budget" x1={place(budget.at)} x2={place(budget.at)} y1="2" y2="16" />}
      {baselineInterval && <line className="mt-ci-b" x1={place(baselineInterval[0])} x2={place(baselineInterval[1])} y1="9" y2="9" />}
      {currentInterval && <line className="mt-ci" x1={place(currentInterval[0])} x2={place(currentInterval[1])} y1="9" y2="9" />}
      {baseline !== null && current !== null && <line className="mt-move" x1={place(baseline)} x2={place(current)} y1="9" y2="9" />}
      {baseline !== null && <rect className="mt-base" x={place(baseline)} y="5.5" width="7" height="7" rx="1" transform="translate(-3.5 0)" />}
      {current !== null && <circle className={estimated ? 'mt-now-e' : 'mt-now'} cx={place(current)} cy="9" r="5" />}
    </svg>
  );
}
