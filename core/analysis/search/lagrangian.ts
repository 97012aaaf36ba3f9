import { priced } from './bounds.ts';
import { costOf, fits, lossOf, type Problem } from './problem.ts';
import type { Solution } from './solve.ts';

/** The choice of least loss plus price·cost, costs behind neighbours included: Viterbi's algorithm over the kinds. */
export function cheapestAt(problem: Problem, price: readonly number[]): readonly number[] {
  let values = new Float64Array(problem.kinds).fill(0);
  const chosen: { option: number; before: number }[][] = [];
  problem.items.forEach(({ options, after }, i) => {
    const next = new Float64Array(problem.kinds).fill(Number.POSITIVE_INFINITY);
    const row: { option: number; before: number }[] = [];
    options.forEach((option, index) => {
      const own = option.loss + priced(option.costs, price);
      for (let before = 0; before < problem.kinds; before++) {
        if (i === 0 && before > 0) break;
        const value = values[before] + own + (i === 0 ? 0 : priced(after[before][option.kind], price));
        if (value < next[option.kind]) {
          next[option.kind] = value;
          row[option.kind] = { option: index, before };
        }
      }
    });
    values = next;
    chosen.push(row);
  });
  let kind = values.indexOf(Math.min(...values));
  const options: number[] = [];
  for (let i = problem.items.length - 1; i >= 0; i--) {
    const { option, before } = chosen[i][kind];
    options.push(option);
    kind = before;
  }
  return options.reverse();
}

/** Exchanges single options as long as that loses less and still fits. */
function improve(problem: Problem, start: Solution, budgets: readonly number[]): Solution {
  let best = start;
  for (let again = true; again; ) {
    again = false;
    for (let i = 0; i < problem.items.length; i++) {
      for (let option = 0; option < problem.items[i].options.length; option++) {
        const gain = problem.items[i].options[best.options[i]].loss - problem.items[i].options[option].loss;
        if (gain <= 0) continue;
        const options = best.options.with(i, option);
        const costs = costOf(problem, options);
        if (!fits(costs, budgets)) continue;
        best = { options, loss: best.loss - gain, costs, exact: false };
        again = true;
      }
    }
  }
  return best;
}

/** A good choice to begin with: the best of the Lagrangian ones that fit, improved. Null where none of them fits. */
export function firstSolution(problem: Problem, prices: readonly (readonly number[])[], budgets: readonly number[]): Solution | null {
  let best: Solution | null = null;
  for (const price of prices) {
    const options = cheapestAt(problem, price);
    const costs = costOf(problem, options);
    const loss = lossOf(problem, options);
    if (fits(costs, budgets) && (best === null || loss < best.loss)) best = { options, loss, costs, exact: false };
  }
  return best && improve(problem, best, budgets);
}
