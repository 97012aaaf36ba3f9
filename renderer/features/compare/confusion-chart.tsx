import type { Formats } from '../../../core/base/format.ts';
import { Menu, type MenuEntry } from '../../ui/menu.tsx';
import { useBoxSize } from '../../ui/use-box-size.ts';
import { confusionCells, shortClass, type PairView } from './view-model.ts';

export interface ConfusionChartProps {
  readonly title: string;
  /** Other pairs of variants that can be compared. */
  readonly pairs: readonly MenuEntry[];
  readonly classes: readonly string[];
  readonly view: PairView;
  readonly formats: Formats;
}

/** Pixels from one cell to the next, the gap of one included. */
const WIDEST_PITCH = 27;
const NARROWEST_PITCH = 15;
const TOP = 18;
const LETTER = 6.2;
const WIDEST_LABEL = 64;

/** Where the answers moved: rows are the true classes, columns the answers, numbers are pictures. */
export function ConfusionChart({ title, pairs, classes, view, formats }: ConfusionChartProps) {
  const left = Math.min(WIDEST_LABEL, Math.max(...classes.map((name) => name.length)) * LETTER + 6);
  const [box, { width }] = useBoxSize<HTMLDivElement>({ width: 300, height: 300 });
  const pitch = Math.min(WIDEST_PITCH, Math.max(NARROWEST_PITCH, Math.floor((width - left) / classes.length)));
  const cellSize = pitch - 1;
  const side = classes.length * pitch;
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
      <div ref={box} className="confusion">
        <svg className="ch cm" width={left + side} height={TOP + side} role="img" aria-label={`${title}. ${view.finding ?? 'No answer changed.'}`}>
          {classes.map((name, index) => (
            <g key={name}>
              <text x={left - 6} y={TOP + index * pitch + cellSize / 2 + 4} textAnchor="end">
                {name.length > 9 ? `${name.slice(0, 8)}…` : name}
              </text>
              <text x={left + index * pitch + cellSize / 2} y={12} textAnchor="middle">
                {shortClass(name)}
              </text>
            </g>
          ))}
          {cells.map((cell) => {
            const x = left + cell.answer * pitch;
            const y = TOP + cell.truth * pitch;
            return (
              <g key={`${cell.truth} ${cell.answer}`}>
                <rect className={cell.tint} x={x} y={y} width={cellSize} height={cellSize} />
                {cell.change !== 0 && (
                  <text className="v" x={x + cellSize / 2} y={y + cellSize / 2 + 4}>
                    {formats.signed(cell.change, 0)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <p className="u t-11 cm-n">
        Numbers are pictures of {formats.count(view.samples)}. Shade: deeper means more; green is for the better. {view.finding}
      </p>
    </section>
  );
}
