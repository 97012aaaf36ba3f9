import { classes } from '../../ui/classes.ts';
import { formats } from '../../ui/format.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { useBoxSize } from '../../ui/use-box-size.ts';
import { layOutFront, type FrontPoint, type PlacedFrontPoint } from './front-layout.ts';

export interface FrontChartProps {
  readonly points: readonly FrontPoint[];
  readonly over: 'bytes' | 'milliseconds';
  readonly onOver: (over: 'bytes' | 'milliseconds') => void;
  readonly budget: number | null;
  /** Percent. */
  readonly floor: number | null;
  readonly shown: string | null;
  /** The pointer is on a plan; null when it leaves. */
  readonly onPeek: (id: string | null) => void;
  readonly onTake: (id: string) => void;
}

const AXES = [
  { id: 'bytes', label: 'Size' },
  { id: 'milliseconds', label: 'Time' },
] as const;

/** Accuracy over size or time of every plan: measured ones solid with their interval, predicted ones hollow, uniform ones lettered. A click takes one. */
export function FrontChart({ points, over, onOver, budget, floor, shown, onPeek, onTake }: FrontChartProps) {
  const [box, size] = useBoxSize<HTMLDivElement>({ width: 400, height: 250 });
  const layout = layOutFront(points, Math.max(240, size.width), Math.max(160, size.height), { budget, floor });
  const { plot } = layout;
  const unit = over === 'bytes' ? 'KB' : 'ms';
  const measured = points.filter(({ interval }) => interval !== null);
  const best = measured.reduce<FrontPoint | null>((a, b) => (a === null || b.y > a.y ? b : a), null);
  const finding = best ? `${measured.length} of ${points.length} plans measured, the best ${formats.decimal(best.y, 1)} percent at ${formats.short(best.x)} ${unit}` : 'no plan measured yet';
  return (
    <section className="chart front-chart" aria-label={over === 'bytes' ? 'Accuracy over size' : 'Accuracy over time'}>
      <div className="chart-h">
        <h3>Accuracy over</h3>
        <Segmented label="Horizontal axis" value={over} choices={AXES} onChange={onOver} />
        <FrontKeys />
      </div>
      <div ref={box} className="scatter">
        <svg className="ch" width={Math.max(240, size.width)} height={Math.max(160, size.height)} role="img" aria-label={`Accuracy in percent over ${unit}, logarithmic: ${finding}`}>
          {layout.yTicks.map(({ top, value }) => (
            <g key={value}>
              <line className="gr" x1={plot.left} x2={plot.right} y1={top} y2={top} />
              <text x={plot.left - 6} y={top + 4} textAnchor="end">
                {formats.short(value)}
              </text>
            </g>
          ))}
          <line className="ax" x1={plot.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} />
          {layout.xTicks.map(({ left, value }, index) => (
            <g key={value}>
              <line className="ax" x1={left} x2={left} y1={plot.bottom} y2={plot.bottom + 4} />
              <text x={left} y={plot.bottom + 17} textAnchor="middle">
                {formats.short(value)}
                {index === layout.xTicks.length - 1 && `\u00a0${unit}`}
              </text>
            </g>
          ))}
          {layout.budgetLeft !== null && <line className="mt-budget" x1={layout.budgetLeft} x2={layout.budgetLeft} y1={plot.top} y2={plot.bottom} />}
          {layout.floorTop !== null && <line className="mt-budget" x1={plot.left} x2={plot.right} y1={layout.floorTop} y2={layout.floorTop} />}
          <path className="front" d={layout.front} />
          {layout.points.map((point) => (
            <FrontMark key={point.id} point={point} shown={point.id === shown} onPeek={onPeek} onTake={onTake} />
          ))}
        </svg>
      </div>
    </section>
  );
}

interface FrontMarkProps extends Pick<FrontChartProps, 'onPeek' | 'onTake'> {
  readonly point: PlacedFrontPoint;
  readonly shown: boolean;
}

function FrontMark({ point, shown, onPeek, onTake }: FrontMarkProps) {
  const { left, top, lowTop, highTop, interval, letter } = point;
  const radius = letter ? 7 : 4.5;
  return (
    <g className="scatter-mark" onPointerEnter={() => onPeek(point.id)} onPointerLeave={() => onPeek(null)} onClick={() => onTake(point.id)}>
      <circle className="front-hit" cx={left} cy={top} r={12} />
      {interval && <line className="whisk" x1={left} x2={left} y1={lowTop} y2={highTop} />}
      {shown && <circle className="pt-sel" cx={left} cy={top} r={radius + 4} />}
      {letter ? (
        <rect className={interval ? 'pt-m' : 'pt-e'} x={left - 7} y={top - 7} width={14} height={14} />
      ) : (
        <circle className={interval ? 'pt' : 'pt-e'} cx={left} cy={top} r={radius} />
      )}
      {letter && (
        <text className={classes('front-letter', interval && 'is-solid')} x={left} y={top + 4} textAnchor="middle">
          {letter}
        </text>
      )}
    </g>
  );
}

function FrontKeys() {
  return (
    <span className="keys">
      <span className="key">
        <svg viewBox="0 0 12 12" className="ch front-k" aria-hidden="true">
          <circle className="pt" cx="6" cy="6" r="4.5" />
        </svg>
        measured
      </span>
      <span className="key">
        <svg viewBox="0 0 12 12" className="ch front-k" aria-hidden="true">
          <circle className="pt-e" cx="6" cy="6" r="4.5" />
        </svg>
        predicted
      </span>
      <span className="key">
        <svg viewBox="0 0 12 12" className="ch front-k" aria-hidden="true">
          <rect className="pt-m" x="1" y="1" width="10" height="10" />
        </svg>
        uniform
      </span>
    </span>
  );
}
