import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceArea, ReferenceDot, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { Formats } from '../../../core/base/format.ts';
import { PLOT, type ShownBand } from './plot.ts';
import { epochTicks } from '../../ui/ticks.ts';

export interface CurveLine {
  readonly key: string;
  readonly look: 'current' | 'raw' | 'third' | 'rate';
}

export interface CurveChartProps {
  readonly points: readonly object[];
  readonly lines: readonly CurveLine[];
  readonly epochs: number;
  readonly yTicks: readonly number[];
  readonly bands: readonly ShownBand[];
  /** Dashed level of the teacher. */
  readonly reference: number | null;
  /** Highest learning rate, where it is drawn: its line has the height of the chart to itself. */
  readonly topRate: number | null;
  readonly newest: { readonly epoch: number; readonly value: number } | null;
  readonly formats: Formats;
}

const LOOKS = {
  current: { stroke: 'var(--series-1)', strokeWidth: 1.75 },
  raw: { stroke: 'var(--series-1)', strokeWidth: 1, strokeOpacity: 0.45 },
  third: { stroke: 'var(--ink-3)', strokeWidth: 1.5 },
  rate: { stroke: 'var(--ink-3)', strokeWidth: 1.25, strokeDasharray: '1 3', strokeLinecap: 'round' },
} as const;
const TICK = { fontSize: 11, fill: 'var(--ink-3)' } as const;
const AXIS = { stroke: 'var(--chart-axis)' } as const;

/** The lines of one chart. It draws only when its data change: the cross-hair is laid over it. */
export const CurveChart = memo(function CurveChart(props: CurveChartProps) {
  const { points, lines, epochs, yTicks, bands, reference, topRate, newest, formats } = props;
  const ticks = epochTicks(epochs);
  const step = yTicks.length > 1 ? yTicks[1] - yTicks[0] : 1;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 240 }}>
      <LineChart data={points as object[]} margin={{ top: PLOT.top, right: PLOT.right, bottom: 0, left: 0 }} accessibilityLayer={false} className="rc">
        {bands
          .filter((band) => band.tinted)
          .map((band) => (
            <ReferenceArea key={`${band.from}`} x1={band.from} x2={band.to} fill="var(--accent-soft)" fillOpacity={0.5} ifOverflow="hidden" />
          ))}
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          type="number"
          dataKey="epoch"
          domain={[0, epochs]}
          ticks={ticks as number[]}
          height={PLOT.bottom}
          tick={<EpochTick last={epochs} formats={formats} />}
          tickSize={4}
          axisLine={AXIS}
          tickLine={AXIS}
          interval={0}
          allowDecimals
        />
        <YAxis
          type="number"
          domain={[yTicks[0], yTicks[yTicks.length - 1]]}
          ticks={yTicks as number[]}
          width={PLOT.left}
          tick={TICK}
          axisLine={false}
          tickLine={false}
          tickFormatter={(value: number) => formats.decimal(value, decimals)}
          interval={0}
          allowDataOverflow
        />
        {topRate !== null && <YAxis yAxisId="rate" hide domain={[0, topRate * 1.15]} allowDataOverflow />}
        {reference !== null && <ReferenceLine y={reference} stroke="var(--series-2)" strokeWidth={1.5} strokeDasharray="5 4" ifOverflow="hidden" />}
        {lines.map((line) => (
          <Line key={line.key} yAxisId={line.look === 'rate' ? 'rate' : 0} dataKey={line.key} {...LOOKS[line.look]} dot={false} activeDot={false} isAnimationActive={false} connectNulls type="linear" />
        ))}
        {newest && <ReferenceDot x={newest.epoch} y={newest.value} r={4} fill="var(--series-1)" stroke="var(--bg-panel)" strokeWidth={1.5} />}
      </LineChart>
    </ResponsiveContainer>
  );
});

interface EpochTickProps {
  readonly last: number;
  readonly formats: Formats;
  /** Given by the axis. */
  readonly x?: number;
  readonly y?: number;
  readonly payload?: { readonly value: number };
}

/** The last tick carries the unit and ends at the axis. */
function EpochTick({ last, formats, x = 0, y = 0, payload }: EpochTickProps) {
  const epoch = payload?.value ?? 0;
  return (
    <text x={x} y={y + 10} textAnchor={epoch === last ? 'end' : 'middle'} fontSize={11} fill="var(--ink-3)">
      {epoch === last ? `epoch ${formats.short(epoch)}` : formats.short(epoch)}
    </text>
  );
}
