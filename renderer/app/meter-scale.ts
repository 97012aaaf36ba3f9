import type { MeterTrack } from '../ui/meter.tsx';

export interface TrackValues {
  readonly baseline: number | null;
  readonly current: number | null;
  readonly budget: number | undefined;
  /** Which side of the budget is inside. */
  readonly inside: 'below' | 'above';
  readonly baselineInterval?: readonly [number, number] | null;
  readonly currentInterval?: readonly [number, number] | null;
}

/** Doublings: for sizes and times. */
export function logTrack(values: TrackValues, lowest: number): MeterTrack {
  const known = [values.baseline, values.current, values.budget].filter((value): value is number => typeof value === 'number' && value > 0);
  const low = Math.min(lowest, ...known.map((value) => value * 0.8));
  const high = Math.max(...known) * 1.25;
  const at = (value: number): number => Math.log(value / low) / Math.log(high / low);
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log2(low)); 2 ** power <= high; power++) ticks.push(at(2 ** power));
  return placed(values, ticks, at);
}

/** Steps of 1, 2, 5, 10 or 20 points that leave up to eight ticks: for shares. */
export function linearTrack(values: TrackValues): MeterTrack {
  const ends = [...(values.baselineInterval ?? []), ...(values.currentInterval ?? [])];
  const known = [values.baseline, values.current, values.budget, ...ends].filter((value): value is number => typeof value === 'number');
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => (most - least) / size <= 6) ?? 0.2;
  const low = Math.max(0, Math.floor(least / step - 0.25) * step);
  const high = Math.min(1, Math.ceil(most / step + 0.25) * step);
  const at = (value: number): number => (value - low) / (high - low);
  const count = Math.round((high - low) / step);
  return placed(values, Array.from({ length: count + 1 }, (_, index) => at(low + index * step)), at);
}

function placed(values: TrackValues, ticks: readonly number[], at: (value: number) => number): MeterTrack {
  const { baseline, current, budget, inside, baselineInterval = null, currentInterval = null } = values;
  const pair = (interval: readonly [number, number] | null): readonly [number, number] | null => interval && [at(interval[0]), at(interval[1])];
  return {
    ticks: ticks.filter((tick) => tick >= 0 && tick <= 1),
    baseline: baseline === null ? null : at(baseline),
    current: current === null ? null : at(current),
    budget: budget === undefined ? null : { at: at(budget), from: inside === 'below' ? 0 : at(budget), to: inside === 'below' ? at(budget) : 1 },
    baselineInterval: pair(baselineInterval),
    currentInterval: pair(currentInterval),
  };
}
