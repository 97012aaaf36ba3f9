import { niceTicks } from '../../ui/ticks.ts';

export interface FrontPoint {
  readonly id: string;
  /** KB or ms. */
  readonly x: number;
  /** Percent. */
  readonly y: number;
  /** Ends of the 95 % interval; null where nothing was measured. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Letter of a uniform plan; null: the solver's. */
  readonly letter: string | null;
}

export interface PlacedFrontPoint extends FrontPoint {
  readonly left: number;
  readonly top: number;
  readonly lowTop: number;
  readonly highTop: number;
}

export interface FrontLayout {
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly xTicks: readonly { readonly left: number; readonly value: number }[];
  readonly yTicks: readonly { readonly top: number; readonly value: number }[];
  readonly points: readonly PlacedFrontPoint[];
  /** Through the measured plans that no other one beats. */
  readonly front: string;
  /** Where the budgets are; null: none, or outside. */
  readonly budgetLeft: number | null;
  readonly floorTop: number | null;
}

/** 1, 2, 5, 10 … between two values. */
function logTicks(low: number, high: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) {
      const value = factor * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(Number(value.toPrecision(1)));
    }
  }
  return ticks;
}

/** Cost on a logarithmic axis, accuracy on a linear one; every point and interval inside. */
export function layOutFront(points: readonly FrontPoint[], width: number, height: number, limits: { readonly budget: number | null; readonly floor: number | null }): FrontLayout {
  const plot = { left: 38, right: width - 12, top: 10, bottom: height - 26 };
  const xs = points.map(({ x }) => x);
  const [lowest, highest] = points.length > 0 ? [Math.min(...xs), Math.max(...xs)] : [10, 1000];
  const [low, high] = [lowest / 1.12, highest * 1.12];
  const ys = points.flatMap(({ y, interval }) => (interval ? [interval.low, interval.high] : [y]));
  const yTicks = niceTicks(Math.min(...ys, 100), Math.max(...ys, 0), 5).filter((tick) => tick >= 0 && tick <= 100);
  const [bottom, top] = [yTicks[0] ?? 0, yTicks.at(-1) ?? 100];
  const leftOf = (x: number): number => plot.left + (Math.log(x / low) / Math.log(high / low)) * (plot.right - plot.left);
  const topOf = (y: number): number => plot.bottom - ((Math.min(top, Math.max(bottom, y)) - bottom) / (top - bottom || 1)) * (plot.bottom - plot.top);
  const placed = points.map((point): PlacedFrontPoint => ({
    ...point,
    left: leftOf(point.x),
    top: topOf(point.y),
    lowTop: topOf(point.interval?.low ?? point.y),
    highTop: topOf(point.interval?.high ?? point.y),
  }));
  let best = Number.NEGATIVE_INFINITY;
  const front = placed
    .filter(({ interval }) => interval !== null)
    .toSorted((a, b) => a.x - b.x || b.y - a.y)
    .filter(({ y }) => {
      if (y <= best) return false;
      best = y;
      return true;
    });
  const inside = (value: number | null, from: number, to: number): value is number => value !== null && value >= from && value <= to;
  return {
    plot,
    xTicks: logTicks(low, high).map((value) => ({ left: leftOf(value), value })),
    yTicks: yTicks.map((value) => ({ top: topOf(value), value })),
    points: placed,
    front: front.map(({ left, top: y }, step) => `${step === 0 ? 'M' : 'L'}${left.toFixed(1)} ${y.toFixed(1)}`).join(''),
    budgetLeft: inside(limits.budget, low, high) ? leftOf(limits.budget) : null,
    floorTop: inside(limits.floor, bottom, top) ? topOf(limits.floor) : null,
  };
}
