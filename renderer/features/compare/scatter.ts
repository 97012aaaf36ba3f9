import { paretoFront } from '../../../core/analysis/comparison.ts';
import { niceTicks } from '../../ui/ticks.ts';

export interface ScatterPoint {
  readonly id: string;
  readonly label: string;
  /** Column letter of a compared variant. */
  readonly letter: string | null;
  readonly bytes: number;
  /** Percent. */
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
}

export interface PlacedPoint extends ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly lowY: number;
  readonly highY: number;
  readonly labelX: number;
  readonly labelY: number;
  readonly anchor: 'start' | 'end' | 'middle';
}

export interface ScatterLayout {
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly xTicks: readonly { readonly x: number; readonly kilobytes: number }[];
  readonly yTicks: readonly { readonly y: number; readonly percent: number }[];
  readonly points: readonly PlacedPoint[];
  readonly front: string;
}

/** Average width of an 11 px letter. */
const LETTER_WIDTH = 6;

/** Size on a logarithmic axis in powers of two, accuracy on a linear one; every point and interval inside. */
export function layOutScatter(points: readonly ScatterPoint[], width: number, height: number): ScatterLayout {
  const plot = { left: 40, right: width - 12, top: 12, bottom: height - 30 };
  const kilobytes = points.map((point) => point.bytes / 1000);
  const lowPower = Math.floor(Math.log2(Math.min(...kilobytes, 64)) - 0.2);
  const highPower = Math.ceil(Math.log2(Math.max(...kilobytes, 1)) + 0.2);
  const percents = niceTicks(Math.min(...points.map((point) => point.low), 100), Math.max(...points.map((point) => point.high), 0), 6).filter((tick) => tick >= 0 && tick <= 100);
  const [bottom, top] = [percents[0] ?? 0, percents.at(-1) ?? 100];
  const xOf = (value: number) => plot.left + ((Math.log2(value) - lowPower) / (highPower - lowPower)) * (plot.right - plot.left);
  const yOf = (percent: number) => plot.bottom - ((percent - bottom) / (top - bottom || 1)) * (plot.bottom - plot.top);
  const placed = placeLabels(
    points.map((point) => ({ ...point, x: xOf(point.bytes / 1000), y: yOf(point.accuracy), lowY: yOf(point.low), highY: yOf(Math.min(point.high, top)) })),
    plot.right,
  );
  const front = paretoFront(points.map((point) => ({ cost: point.bytes, value: point.accuracy })));
  const every = Math.ceil((highPower - lowPower) / 6);
  const powers = Array.from({ length: highPower - lowPower + 1 }, (_, index) => lowPower + index).filter((power) => (power - lowPower) % every === 0);
  return {
    plot,
    xTicks: powers.map((power) => ({ x: xOf(2 ** power), kilobytes: 2 ** power })),
    yTicks: percents.map((percent) => ({ y: yOf(percent), percent })),
    points: placed,
    front: front.map((index, step) => `${step === 0 ? 'M' : 'L'}${placed[index].x.toFixed(1)} ${placed[index].y.toFixed(1)}`).join(''),
  };
}

type Unlabelled = Omit<PlacedPoint, 'labelX' | 'labelY' | 'anchor'>;

/** Beside the point where there is room, and above or below a label that is already there. */
function placeLabels(points: readonly Unlabelled[], right: number): readonly PlacedPoint[] {
  const taken: { left: number; right: number; y: number }[] = [];
  return points.map((point) => {
    const width = point.label.length * LETTER_WIDTH;
    const options = [1, -1].flatMap((side) => [0, 14, -14, 28, -28].map((shift) => ({ side, shift })));
    const spot = (option: { side: number; shift: number }) => {
      const labelX = point.x + option.side * 10;
      return { labelX, left: option.side > 0 ? labelX : labelX - width, right: option.side > 0 ? labelX + width : labelX, y: point.y + 4 + option.shift };
    };
    const free = options.find((option) => {
      const box = spot(option);
      const inside = box.right <= right && box.left >= 42;
      return inside && taken.every((other) => Math.abs(other.y - box.y) >= 13 || other.right < box.left || other.left > box.right);
    });
    const chosen = free ?? { side: point.x + width + 10 > right ? -1 : 1, shift: 0 };
    const box = spot(chosen);
    taken.push({ left: box.left, right: box.right, y: box.y });
    return { ...point, labelX: box.labelX, labelY: box.y, anchor: chosen.side > 0 ? 'start' : 'end' };
  });
}
