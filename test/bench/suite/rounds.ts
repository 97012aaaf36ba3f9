import { quantile } from '../../../core/bench/interleave.ts';

export interface Contender {
  readonly name: string;
  run(): void | Promise<void>;
}

export interface Quartiles {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

const ROUNDS = 21;
const ROUND_MS = 8;
/** Calls enough to leave the baseline compiler, many short ones. */
const WARM_UP_MS = 120;
const REPEATS_WHILE_NOISY = 2;

async function time(contender: Contender, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const pending = contender.run();
    if (pending) await pending;
  }
  return (performance.now() - start) / calls;
}

async function callsInRound(contender: Contender): Promise<number> {
  let calls = 0;
  const start = performance.now();
  while (performance.now() - start < WARM_UP_MS || calls < 4) {
    const pending = contender.run();
    if (pending) await pending;
    calls++;
  }
  const each = Math.min(await time(contender, 2), await time(contender, 2));
  return Math.min(1000, Math.max(1, Math.round(ROUND_MS / Math.max(each, 1e-3))));
}

export function quartilesOf(values: readonly number[]): Quartiles {
  return { median: quantile(values, 0.5), q1: quantile(values, 0.25), q3: quantile(values, 0.75) };
}

/** Milliseconds of one call, a list a contender; all take turns in every round, so that the machine's drift meets all alike. */
export async function takeTurns(contenders: readonly Contender[]): Promise<readonly (readonly number[])[]> {
  const calls: number[] = [];
  for (const contender of contenders) calls.push(await callsInRound(contender));
  const times: number[][] = contenders.map(() => []);
  const noisy = (): boolean =>
    times.some((mine) => {
      const { q1, q3 } = quartilesOf(mine.map((value, round) => value / times[0][round]));
      return q3 / q1 > 1.1;
    });
  for (let round = 0; round < ROUNDS || (round < ROUNDS * REPEATS_WHILE_NOISY && noisy()); round++) {
    for (let c = 0; c < contenders.length; c++) times[c].push(await time(contenders[c], calls[c]));
  }
  return times;
}
