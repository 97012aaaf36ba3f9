import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface ProgressProps {
  readonly label: string;
  /** 0 to 1. */
  readonly share: number;
  readonly paused?: boolean;
  /** Shares at which a tick divides the bar, e.g. the ends of epochs. */
  readonly ticks?: readonly number[];
  readonly left?: ReactNode;
  readonly right?: ReactNode;
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

/** Always a share and words beside it, never a spinner. */
export function Progress({ label, share, paused, ticks = [], left, right }: ProgressProps) {
  const bounded = Math.min(1, Math.max(0, share));
  return (
    <div>
      <svg className={classes('pr', paused && 'pr-pause')} role="progressbar" aria-label={label} aria-valuenow={Math.round(bounded * 100)} aria-valuemin={0} aria-valuemax={100}>
        <rect className="done" width={percent(bounded)} height="6" />
        {ticks.map((tick) => (
          <line key={tick} className="tickl" x1={percent(tick)} x2={percent(tick)} y1="0" y2="6" />
        ))}
      </svg>
      {(left || right) && (
        <div className="pr-l">
          <span>{left}</span>
          <span>{right}</span>
        </div>
      )}
    </div>
  );
}
