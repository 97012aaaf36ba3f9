import { SCHEMES, SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import { formats } from '../../../ui/format.ts';
import { precisionClass } from '../../../ui/precision.ts';

export interface SqnrRulerProps {
  readonly values: Readonly<Partial<Record<SchemeId, number>>>;
  readonly now: SchemeId;
  readonly width: number;
  readonly layer: string;
}

const LEFT = 8;
const TICKS = [0, 2, 5, 10, 20, 40];
/** Decibels at the right end; the scale is a square root, because the low end is where precisions differ. */
const MOST = 47.4;
const MARK = 14;

/** Signal to quantisation noise of the weights at every rung that has one. */
export function SqnrRuler({ values, now, width, layer }: SqnrRulerProps) {
  const right = width - 8;
  const at = (decibels: number): number => LEFT + Math.sqrt(Math.min(MOST, Math.max(0, decibels)) / MOST) * (right - LEFT);
  const marks = SCHEME_IDS.flatMap((scheme) => {
    const value = values[scheme];
    return value === undefined ? [] : [{ scheme, value }];
  });
  const spread = spreadOut(marks.map(({ value }) => at(value)), MARK + 1);
  const list = marks.map(({ scheme, value }) => `${SCHEMES[scheme].name} ${formats.decibels(value)}${scheme === now ? ' now' : ''}`).join(', ');
  return (
    <svg className="ch" viewBox={`0 0 ${width} 42`} role="img" aria-label={`Signal to noise of the weights of ${layer}: ${list} decibel`}>
      <line className="ax" x1={LEFT} x2={right} y1="22" y2="22" />
      {TICKS.map((tick) => (
        <g key={tick}>
          <line className="ax" x1={at(tick)} x2={at(tick)} y1="22" y2="26" />
          <text x={at(tick)} y="38" textAnchor="middle">
            {tick}
          </text>
        </g>
      ))}
      <text x={right} y="38" textAnchor="end">
        dB
      </text>
      {marks.map(({ scheme, value }, index) => {
        const lit = scheme === now;
        const x = spread[index];
        return (
          <g key={scheme} className={precisionClass(scheme)}>
            <title>{`${SCHEMES[scheme].name} ${formats.decibels(value)} dB`}</title>
            <rect className="fillp" x={x - MARK / 2} y={lit ? 1 : 3} width={MARK} height={lit ? 18 : MARK} rx="2" />
            <text className="onp" x={x} y="14" textAnchor="middle">
              {SCHEMES[scheme].letter}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Moves marks apart until none cover each other, keeping their order. */
export function spreadOut(places: readonly number[], distance: number): readonly number[] {
  const order = places.map((_, index) => index).sort((a, b) => places[a] - places[b]);
  const result = [...places];
  for (let round = 0; round < 8; round++) {
    for (let position = 1; position < order.length; position++) {
      const [a, b] = [order[position - 1], order[position]];
      const lack = distance - (result[b] - result[a]);
      if (lack <= 0) continue;
      result[a] -= lack / 2;
      result[b] += lack / 2;
    }
  }
  return result;
}
