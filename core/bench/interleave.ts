/** Median and quartiles of a list; linear interpolation between order statistics. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

export interface Contender {
  /** One inference. */
  run(): void;
}

export interface InterleavedRounds {
  /** Milliseconds per inference, one list per contender, one entry per round. */
  readonly milliseconds: readonly (readonly number[])[];
  readonly rounds: number;
}

/** Long enough for the clock (5 µs steps in an isolated page) and short enough to interleave. */
const ROUND_MS = 4;
const WARM_UP_ROUNDS = 3;

function repeatsFor(contender: Contender): number {
  for (let repeats = 1; ; repeats *= 2) {
    const before = performance.now();
    for (let i = 0; i < repeats; i++) contender.run();
    const elapsed = performance.now() - before;
    if (elapsed >= ROUND_MS || repeats >= 4096) return Math.max(1, Math.round((repeats * ROUND_MS) / Math.max(elapsed, 1e-3)));
  }
}

/**
 * A/B/A/B rounds after warm-up (METHODS §9), so that drift of the machine meets all contenders alike. Stops after
 * `rounds`, or goes on to twice as many while the quartiles of the per-round ratio of the last contender to the first are
 * more than 10 % apart.
 */
export async function interleave(contenders: readonly Contender[], rounds: number, breathe: () => Promise<void>): Promise<InterleavedRounds> {
  const repeats = contenders.map(repeatsFor);
  const milliseconds: number[][] = contenders.map(() => []);
  const noisy = (): boolean => {
    const ratios = milliseconds[0].map((value, i) => value / milliseconds[milliseconds.length - 1][i]);
    return quantile(ratios, 0.75) / quantile(ratios, 0.25) > 1.1;
  };
  let round = -WARM_UP_ROUNDS;
  for (; round < rounds || (round < 2 * rounds && noisy()); round++) {
    for (let c = 0; c < contenders.length; c++) {
      const before = performance.now();
      for (let i = 0; i < repeats[c]; i++) contenders[c].run();
      const each = (performance.now() - before) / repeats[c];
      if (round >= 0) milliseconds[c].push(each);
    }
    await breathe();
  }
  return { milliseconds, rounds: round };
}
