/** Seeded random numbers: the same seed gives the same sequence in every environment. */
export interface Random {
  /** Unsigned 32-bit. */
  word(): number;
  /** In [low, high), 0 to 1 by default; 53 bits. */
  uniform(low?: number, high?: number): number;
  /** Integer in [low, high). */
  integer(low: number, high: number): number;
  normal(mean?: number, deviation?: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** In place, Fisher–Yates. Returns the same object. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
  /** An independent stream; forks of one state with different labels differ. */
  fork(label: number): Random;
}

/** splitmix32, used to spread a seed over the state. */
function splitMix(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/** xoshiro128** 1.1 (Blackman and Vigna, 2018). */
export function createRandom(seed: number): Random {
  const next = splitMix(seed);
  let a = next(), b = next(), c = next(), d = next();
  let spare: number | null = null;

  const word = (): number => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const unit = (): number => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;

  const random: Random = {
    word,
    uniform: (low = 0, high = 1) => low + (high - low) * unit(),
    integer: (low, high) => low + Math.floor(unit() * (high - low)),
    normal(mean = 0, deviation = 1) {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return mean + deviation * value;
      }
      // Marsaglia's polar method: no sine, so that engines agree to the bit but for log and sqrt.
      for (;;) {
        const x = 2 * unit() - 1;
        const y = 2 * unit() - 1;
        const s = x * x + y * y;
        if (s === 0 || s >= 1) continue;
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        spare = y * factor;
        return mean + deviation * x * factor;
      }
    },
    chance: (probability) => unit() < probability,
    pick: (items) => items[random.integer(0, items.length)],
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = random.integer(0, i + 1);
        const kept = items[i];
        items[i] = items[j];
        items[j] = kept;
      }
      return items;
    },
    fork: (label) => createRandom((word() ^ Math.imul(label + 1, 0x9e3779b1)) >>> 0),
  };
  return random;
}
