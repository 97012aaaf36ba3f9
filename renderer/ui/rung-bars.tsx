import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { Chip } from './chip.tsx';
import { classes } from './classes.ts';
import { precisionClass } from './precision.ts';

export interface BarProps {
  /** 0 to 1. */
  readonly share: number;
  /** Grey where it belongs to no precision. */
  readonly scheme?: SchemeId;
}

/** The number beside it says what it draws. */
export function Bar({ share, scheme }: BarProps) {
  return (
    <svg className={classes('lbar', scheme ? precisionClass(scheme) : 'lbar-plain')} aria-hidden="true">
      <rect width={`${(share * 100).toFixed(2)}%`} height="8" />
    </svg>
  );
}

export interface RungBar {
  readonly scheme: SchemeId;
  readonly text: string;
  readonly share: number;
  readonly isNow: boolean;
  /** Said after the time, in red. */
  readonly warning: string | null;
}

/** One line a precision: letter, bar, time. */
export function RungBars({ label, rungs }: { readonly label: string; readonly rungs: readonly RungBar[] }) {
  return (
    <ul className="rung-bars" aria-label={label}>
      {rungs.map(({ scheme, text, share, isNow, warning }) => (
        <li key={scheme} className={classes(isNow && 'is-now')} aria-current={isNow || undefined}>
          <Chip scheme={scheme} short />
          <Bar share={share} scheme={scheme} />
          <span className="num">
            <span className="sr">{SCHEMES[scheme].name} </span>
            {text}
          </span>
          <span className="worse t-11">{warning}</span>
        </li>
      ))}
    </ul>
  );
}
