import type { Formats } from '../../../core/base/format.ts';
import { useBoxSize } from '../../ui/use-box-size.ts';
import { layOutScatter, type PlacedPoint, type ScatterPoint } from './scatter.ts';

export interface ScatterChartProps {
  readonly points: readonly ScatterPoint[];
  /** "%, 1,000 images" */
  readonly unit: string;
  readonly formats: Formats;
  readonly onChoose: (id: string) => void;
}

/** Accuracy over size of everything that was measured. Whiskers are 95 % intervals; the dotted line is the Pareto front. */
export function ScatterChart({ points, unit, formats, onChoose }: ScatterChartProps) {
  const [box, size] = useBoxSize<HTMLDivElement>({ width: 400, height: 330 });
  const width = Math.max(200, size.width);
  const height = Math.max(180, size.height);
  const layout = layOutScatter(points, width, height);
  const { plot } = layout;
  const summary = points.map((point) => `${point.label} ${formats.short(point.bytes / 1000)} and ${formats.decimal(point.accuracy, 1)}`).join(', ');
  return (
    <section className="chart" aria-label="Accuracy over size">
      <div className="chart-h">
        <h3>Accuracy over size</h3>
        <span className="u">{unit}</span>
        <span className="keys">
          <span className="prov">measured</span>
        </span>
      </div>
      <div ref={box} className="scatter">
        <svg className="ch" width={width} height={height} role="img" aria-label={`Accuracy in percent over size in kilobytes, logarithmic: ${summary || 'nothing measured yet'}`}>
          {layout.yTicks.map((tick) => (
            <g key={tick.percent}>
              <line className="gr" x1={plot.left} x2={plot.right} y1={tick.y} y2={tick.y} />
              <text x={plot.left - 6} y={tick.y + 4} textAnchor="end">
                {formats.short(tick.percent)}
              </text>
            </g>
          ))}
          <line className="ax" x1={plot.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} />
          {layout.xTicks.map((tick, index) => (
            <g key={tick.kilobytes}>
              <line className="ax" x1={tick.x} x2={tick.x} y1={plot.bottom} y2={plot.bottom + 4} />
              <text x={tick.x} y={plot.bottom + 17} textAnchor={plot.right - tick.x < 16 ? 'end' : 'middle'}>
                {formats.short(tick.kilobytes)}
                {index === layout.xTicks.length - 1 && '\u00a0KB'}
              </text>
            </g>
          ))}
          <path className="front" d={layout.front} />
          {layout.points.map((point) => (
            <ScatterMark key={point.id} point={point} onChoose={onChoose} />
          ))}
        </svg>
      </div>
    </section>
  );
}

function ScatterMark({ point, onChoose }: { readonly point: PlacedPoint; readonly onChoose: (id: string) => void }) {
  return (
    <g className="scatter-mark" onClick={() => onChoose(point.id)}>
      <line className="whisk" x1={point.x} x2={point.x} y1={point.lowY} y2={point.highY} />
      <circle className={point.letter ? 'pt' : 'pt-m'} cx={point.x} cy={point.y} r={point.letter ? 8 : 5} />
      {point.letter ? (
        <text className="scl" x={point.x} y={point.y + 4} textAnchor="middle">
          {point.letter}
        </text>
      ) : (
        <text x={point.labelX} y={point.labelY} textAnchor={point.anchor}>
          {point.label}
        </text>
      )}
    </g>
  );
}
