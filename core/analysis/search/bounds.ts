import { mostLoss, type Item, type Problem } from './problem.ts';

/** Prices tried for each resource, from the trade-offs that the options themselves offer. */
const PRICES = 12;
const PRICES_OF_SEVERAL = 6;

/** What the items from one on must at least cost and lose. */
export interface Bounds {
  /** False when even the cheapest rest is beyond a budget. */
  canFit(from: number, used: readonly number[], budgets: readonly number[]): boolean;
  /** Whether every rest that fits loses at least `room` (Lagrangian relaxation at one of the prices). */
  losesAtLeast(room: number, from: number, used: readonly number[], budgets: readonly number[]): boolean;
}

/** An option's cost behind whichever option before it suits it best. */
function leastCosts(item: Item, first: boolean, resources: number): readonly (readonly number[])[] {
  return item.options.map((option) =>
    Array.from({ length: resources }, (_, r) => option.costs[r] + (first ? 0 : Math.min(...item.after.map((row) => row[option.kind][r])))),
  );
}

/** Loss per unit of a resource between every two options of an item, thinned out to some quantiles, with 0 and one beyond all. */
function pricesOf(problem: Problem, resource: number, count: number): readonly number[] {
  const slopes: number[] = [];
  for (const { options } of problem.items) {
    for (const a of options) {
      for (const b of options) {
        const cost = a.costs[resource] - b.costs[resource];
        const loss = b.loss - a.loss;
        if (cost > 0 && loss > 0) slopes.push(loss / cost);
      }
    }
  }
  slopes.sort((a, b) => a - b);
  if (slopes.length === 0) return [0];
  const quantiles = Array.from({ length: count }, (_, i) => slopes[Math.round((i / (count - 1)) * (slopes.length - 1))]);
  return [0, ...new Set(quantiles), 100 * slopes[slopes.length - 1]];
}

/** Every combination of one number a resource. */
function everyVector(lists: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return lists.reduce<readonly (readonly number[])[]>((vectors, list) => vectors.flatMap((vector) => list.map((value) => [...vector, value])), [[]]);
}

/** What all items together must at least lose at these prices. */
function relaxedLoss(problem: Problem, least: readonly (readonly (readonly number[])[])[], price: readonly number[], budgets: readonly number[]): number {
  const start = problem.fixed.reduce((sum, spent, r) => (price[r] > 0 ? sum - price[r] * (budgets[r] - spent) : sum), 0);
  return problem.items.reduce((sum, item, i) => sum + Math.min(...item.options.map((option, o) => option.loss + priced(least[i][o], price))), start);
}

export const priced = (costs: readonly number[], price: readonly number[]): number => costs.reduce((sum, cost, r) => sum + cost * price[r], 0);

/** Around the best price for the whole: what is left to spend per item changes from item to item, and the best price with it. */
const NEAR_ONE = Array.from({ length: 21 }, (_, i) => 2 ** ((i - 10) / 5));
const NEAR_SEVERAL = Array.from({ length: 9 }, (_, i) => 2 ** ((i - 4) / 5));
const REFINEMENTS = [2, 1.4, 1.15, 1.05];

export interface Prices {
  /** One number a resource: a fine grid about the best, and a wide one. */
  readonly vectors: readonly (readonly number[])[];
  /** The vector that bounds the whole problem best. */
  readonly best: readonly number[];
}

export function pricesFor(problem: Problem, budgets: readonly number[]): Prices {
  const several = problem.fixed.length > 1;
  const wide = everyVector(problem.fixed.map((_, r) => pricesOf(problem, r, several ? PRICES_OF_SEVERAL : PRICES)));
  const least = problem.items.map((item, i) => leastCosts(item, i === 0, problem.fixed.length));
  const value = (price: readonly number[]): number => relaxedLoss(problem, least, price, budgets);
  const worst = mostLoss(problem);
  let best = wide.reduce((a, b) => (value(b) > value(a) ? b : a));
  for (const factor of REFINEMENTS) {
    for (let again = true; again; ) {
      const near = [best.map((price) => price * factor), ...best.flatMap((_, r) => [best.with(r, best[r] * factor), best.with(r, best[r] / factor)])];
      const better = near.reduce((a, b) => (value(b) > value(a) ? b : a), best);
      // Beyond the most that can be lost nothing fits, and the price would grow without end.
      again = value(better) > value(best) && value(best) <= worst;
      best = better;
    }
  }
  const fine = everyVector(best.map((price) => (price === 0 ? [0] : (several ? NEAR_SEVERAL : NEAR_ONE).map((factor) => price * factor))));
  return { vectors: [...fine, ...wide], best };
}

export function createBounds(problem: Problem, prices: readonly (readonly number[])[]): Bounds {
  const { items, fixed } = problem;
  const resources = fixed.length;
  const least = items.map((item, i) => leastCosts(item, i === 0, resources));
  /** [resource][from] and [price vector][from]: sums over the items from there on. */
  const cheapest = fixed.map(() => new Float64Array(items.length + 1));
  const relaxed = prices.map(() => new Float64Array(items.length + 1));
  for (let i = items.length - 1; i >= 0; i--) {
    for (let r = 0; r < resources; r++) cheapest[r][i] = cheapest[r][i + 1] + Math.min(...least[i].map((costs) => costs[r]));
    prices.forEach((price, p) => {
      const values = items[i].options.map((option, o) => option.loss + priced(least[i][o], price));
      relaxed[p][i] = relaxed[p][i + 1] + Math.min(...values);
    });
  }
  return {
    canFit: (from, used, budgets) => used.every((cost, r) => cost + cheapest[r][from] <= budgets[r]),
    losesAtLeast: (room, from, used, budgets) => {
      if (room <= 0) return true;
      for (let p = 0; p < prices.length; p++) {
        const price = prices[p];
        let value = relaxed[p][from];
        for (let r = 0; r < resources; r++) if (price[r] > 0) value -= price[r] * (budgets[r] - used[r]);
        if (value >= room) return true;
      }
      return false;
    },
  };
}
