import type { Formats } from '../../../core/base/format.ts';
import { Menu, type MenuEntry } from '../../ui/menu.tsx';
import { confusionCells, shortClass, type PairView } from './view-model.ts';

export interface ConfusionChartProps {
  readonly title: string;
  /** Other pairs of variants that can be compared. */
  readonly pairs: readonly MenuEntry[];
  readonly classes: readonly string[];
  readonly view: PairView;
  readonly formats: Formats;
}

/** Pixels of a cell and of the gap after it. */
const CELL = 26;
const PITCH = 27;
const TOP = 18;
const LETTER = 6.2;
const WIDEST_LABEL = 64;

/** Where the answers moved: rows are the true classes, columns the answers, numbers are pictures. */
export function ConfusionChart({ title, pairs, classes, view, formats }: ConfusionChartProps) {
  const left = Math.min(WIDEST_LABEL, Math.max(...classes.map((name) => name.length)) * LETTER + 6);
  const side = classes.length * PITCH;
  const cells = confusionCells(view.difference);
  return (
    <section className="chart" aria-label="Confusion change">
      <div className="chart-h">
        <h3>
          <Menu
            entries={pairs}
            trigger={
              <button type="button" className="b b-g b-s b-menu pair-b">
                {title}
              </button>
            }
          />
        </h3>
        <span className="u">rows true</span>
        <span className="keys">
          <span className="worse">+ more wrong</span>
        </span>
      </div>
      <svg className="ch cm" viewBox={`0 0 ${left + side} ${TOP + side}`} role="img" aria-label={`${title}. ${view.finding ?? 'No answer changed.'}`}>
        {classes.map((name, index) => (
          <g key={name}>
            <text x={left - 6} y={TOP + index * PITCH + CELL / 2 + 4} textAnchor="end">
              {name.length > 9 ? `${name.slice(0, 8)}…` : name}
            </text>
            <text x={left + index * PITCH + CELL / 2} y={12} textAnchor="middle">
              {shortClass(name)}
            </text>
          </g>
        ))}
        {cells.map((cell) => {
          const x = left + cell.answer * PITCH;
          const y = TOP + cell.truth * PITCH;
          return (
            <g key={`${cell.truth} ${cell.answer}`}>
              <rect className={cell.tint} x={x} y={y} width={CELL} height={CELL} />
              {cell.change !== 0 && (
                <text className="v" x={x + CELL / 2} y={y + CELL / 2 + 4}>
                  {formats.signed(cell.change, 0)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <p className="u t-11 cm-n">
        Numbers are pictures of {formats.count(view.samples)}. Shade: deeper means more; green is for the better. {view.finding}
      </p>
    </section>
  );
}
