import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { formats } from './format.ts';
import { precisionClass } from './precision.ts';

export interface HistogramProps {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  /** Of each bin, what lies outside of a grid of its own: drawn in red at the foot. */
  readonly clippedCounts?: readonly number[];
  /** A sentence with the finding. */
  readonly label: string;
  readonly width: number;
  /** Height of the bars; axis and marks come on top. */
  readonly height: number;
  /** Levels of the chosen grid, drawn with a lettered disc where there are few. */
  readonly levels?: readonly number[];
  readonly scheme?: SchemeId;
  /** Tinted band, e.g. what becomes zero; its ends are dashed thresholds. */
  readonly zone?: readonly [from: number, to: number] | null;
  /** Ends of the grid, as named thresholds. Where no counts say what is clipped, all beyond is drawn in red. */
  readonly clip?: { readonly low: number; readonly high: number } | null;
  /** A one-bit input: where its bit turns, a dashed line. */
  readonly threshold?: number | null;
  /** Square-root scale, for long tails. */
  readonly squareRoot?: boolean;
}

const MOST_BARS = 64;
/** More levels than this are lines without discs. */
const MOST_DISCS = 5;
const AXIS_TEXT = 16;

/** Bars of a distribution with what quantisation does to it. Drawn at pixel size; text is never scaled. */
export function Histogram(props: HistogramProps) {
  const { low, high, label, width, height, levels = [], scheme, zone, clip, threshold, squareRoot = false } = props;
  const counts = rebin(props.counts, MOST_BARS);
  const clippedCounts = props.clippedCounts && rebin(props.clippedCounts, MOST_BARS);
  const discs = levels.length > 0 && levels.length <= MOST_DISCS;
  const top = discs ? 16 : 8;
  const base = top + height;
  const span = high - low || 1;
  const at = (value: number): number => ((value - low) / span) * width;
  const grow = squareRoot ? Math.sqrt : (value: number) => value;
  const largest = grow(Math.max(1, ...counts));
  const step = width / counts.length;
  return (
    <svg className="ch" viewBox={`0 0 ${width} ${base + AXIS_TEXT}`} role="img" aria-label={label}>
      {zone && scheme && <rect className={`zone ${precisionClass(scheme)}`} x={at(zone[0])} y={top} width={at(zone[1]) - at(zone[0])} height={height} />}
      {counts.map((count, index) => {
        const middle = low + ((index + 0.5) / counts.length) * span;
        const clipped = clippedCounts ? clippedCounts[index] === count : clip != null && (middle < clip.low || middle > clip.high);
        const tall = (value: number): number => Math.max(value > 0 ? 1 : 0, (grow(value) / largest) * height);
        return <rect key={index} className={clipped ? 'bar-clip' : 'bar'} x={index * step + 0.5} y={base - tall(count)} width={Math.max(1, step - 1)} height={tall(count)} />;
      })}
      {clippedCounts?.map((count, index) => {
        if (count === 0 || count === counts[index]) return null;
        const tall = Math.max(1, (grow(count) / largest) * height);
        return <rect key={index} className="bar-clip" x={index * step + 0.5} y={base - tall} width={Math.max(1, step - 1)} height={tall} />;
      })}
      <line className="ax" x1="0" x2={width} y1={base} y2={base} />
      {zone?.map((end) => <line key={end} className="th" x1={at(end)} x2={at(end)} y1={top} y2={base} />)}
      {threshold != null && threshold > low && threshold < high && <line className="th" x1={at(threshold)} x2={at(threshold)} y1={top - 6} y2={base} />}
      {clip && <Clip clip={clip} low={low} high={high} at={at} top={top} base={base} width={width} hasLevels={levels.length > 0} />}
      {scheme && levels.map((level) => <Level key={level} level={level} x={at(level)} top={top} base={base} scheme={scheme} disc={discs} />)}
      {axisTicks(low, high).map(({ value, text }) => (
        <text key={value} x={at(value)} y={base + 14} textAnchor={at(value) < 12 ? 'start' : at(value) > width - 12 ? 'end' : 'middle'}>
          {text}
        </text>
      ))}
    </svg>
  );
}

interface LevelProps {
  readonly level: number;
  readonly x: number;
  readonly top: number;
  readonly base: number;
  readonly scheme: SchemeId;
  readonly disc: boolean;
}

function Level({ level, x, top, base, scheme, disc }: LevelProps) {
  return (
    <g className={precisionClass(scheme)}>
      <line className={disc ? 'lv' : 'lv lv-thin'} x1={x} x2={x} y1={disc ? 14 : top} y2={base} />
      {disc && (
        <>
          <circle className="lvd" cx={x} cy="8" r="7" />
          <text className="lvc" x={x} y="12" textAnchor="middle">
            {level > 0 ? '+' : level < 0 ? '−' : SCHEMES[scheme].largestCode > 0 ? '0' : ''}
          </text>
        </>
      )}
    </g>
  );
}

interface ClipProps {
  readonly clip: { readonly low: number; readonly high: number };
  readonly low: number;
  readonly high: number;
  readonly at: (value: number) => number;
  readonly top: number;
  readonly base: number;
  readonly width: number;
  /** Where levels are drawn, the names stand on the far side of the ends, if there is room. */
  readonly hasLevels: boolean;
}

/** Pixels of "clip −0.237". */
const CLIP_TEXT = 62;

function Clip({ clip, low, high, at, top, base, width, hasLevels }: ClipProps) {
  const ends = [clip.low, clip.high].filter((end) => end > low && end < high);
  return ends.map((end) => {
    const x = at(end);
    const outside = hasLevels && Math.min(x, width - x) > CLIP_TEXT;
    const left = outside ? x < width / 2 : x > width / 2;
    return (
      <g key={end}>
        <line className="th" x1={x} x2={x} y1={top - 6} y2={base} />
        <text className="ink2" x={left ? x - 5 : x + 5} y={top + 4} textAnchor={left ? 'end' : 'start'}>
          clip {formats.short(end)}
        </text>
      </g>
    );
  });
}

export function rebin(counts: readonly number[], most: number): readonly number[] {
  if (counts.length <= most) return counts;
  const factor = Math.ceil(counts.length / most);
  return Array.from({ length: Math.ceil(counts.length / factor) }, (_, bin) => counts.slice(bin * factor, (bin + 1) * factor).reduce((a, b) => a + b, 0));
}

/** Both ends and up to three round values between; zero where it is inside. */
function axisTicks(low: number, high: number): readonly { readonly value: number; readonly text: string }[] {
  const span = high - low;
  if (!(span > 0)) return [];
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: { value: number; text: string }[] = [];
  for (let index = Math.ceil(low / step); index * step <= high; index++) {
    const value = Number((index * step).toPrecision(10));
    ticks.push({ value, text: formats.short(value) });
  }
  return ticks;
}
