/** Median and quartiles of a list; linear interpolation between order statistics. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

/** A median with the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), lowerQuartile: quantile(values, 0.25), upperQuartile: quantile(values, 0.75) };
}

export interface Contender {
  /** One inference. */
  run(): void;
}

/** Milliseconds from any fixed point; tests bring their own. */
export type Clock = () => number;

export interface InterleaveOptions {
  /** Rounds that count, after the warm-up; twice as many at most. */
  readonly rounds: number;
  /** Called after each round: lets messages in, throws when cancelled. */
  readonly breathe: () => Promise<void>;
  readonly clock?: Clock;
  /** Length of one contender's turn. */
  readonly turnMs?: number;
}

export interface InterleavedRounds {
  /** Milliseconds per inference, one list per contender, one entry per round. */
  readonly milliseconds: readonly (readonly number[])[];
  readonly rounds: number;
}

/** Long enough for the clock (5 µs steps in an isolated page) and short enough to interleave. */
const TURN_MS = 4;
const WARM_UP_ROUNDS = 3;
const MOST_REPEATS = 4096;
/** Quartiles further apart than this share call for more rounds (METHODS §9). */
const NOISY = 1.1;

function repeatsFor(contender: Contender, clock: Clock, turnMs: number): number {
  for (let repeats = 1; ; repeats *= 2) {
    const before = clock();
    for (let i = 0; i < repeats; i++) contender.run();
    const elapsed = clock() - before;
    if (elapsed >= turnMs || repeats >= MOST_REPEATS) return Math.max(1, Math.round((repeats * turnMs) / Math.max(elapsed, 1e-3)));
  }
}

/** Per round, first ÷ other: what drift of the machine changes least. A contender on its own is compared with nothing. */
function isNoisy(milliseconds: readonly (readonly number[])[]): boolean {
  const [first, ...others] = milliseconds;
  const ratios = others.length > 0 ? others.map((times) => times.map((time, round) => first[round] / time)) : [first];
  return ratios.map(spreadOf).some(({ lowerQuartile, upperQuartile }) => upperQuartile > NOISY * lowerQuartile);
}

/**
 * A/B/A/B rounds after warm-up (METHODS §9), so that drift of the machine meets all contenders alike. Stops after `rounds`, or
 * goes on to twice as many while the quartiles of some contender's per-round ratio to the first are more than 10 % apart.
 */
export async function interleave(contenders: readonly Contender[], options: InterleaveOptions): Promise<InterleavedRounds> {
  const { rounds, breathe, clock = () => performance.now(), turnMs = TURN_MS } = options;
  const repeats = contenders.map((contender) => repeatsFor(contender, clock, turnMs));
  const milliseconds: number[][] = contenders.map(() => []);
  let round = -WARM_UP_ROUNDS;
  for (; round < rounds || (round < 2 * rounds && isNoisy(milliseconds)); round++) {
    for (let c = 0; c < contenders.length; c++) {
      const before = clock();
      for (let i = 0; i < repeats[c]; i++) contenders[c].run();
      const each = (clock() - before) / repeats[c];
      if (round >= 0) milliseconds[c].push(each);
    }
    await breathe();
  }
  return { milliseconds, rounds: round };
}
