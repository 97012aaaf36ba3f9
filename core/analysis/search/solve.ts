import { createBounds, priced, pricesFor, type Bounds } from './bounds.ts';
import { costOf, lossOf, mostLoss, type Option, type Problem } from './problem.ts';
import { firstSolution } from './lagrangian.ts';

/** A choice of one option an item, and what it comes to. */
export interface Solution {
  /** Index of the option of each item. */
  readonly options: readonly number[];
  readonly loss: number;
  /** One a resource, as the problem adds them up. */
  readonly costs: readonly number[];
  /** Nothing loses less. False where there were more labels than memory and patience allow. */
  readonly exact: boolean;
}

/** A partial choice: the options of the items so far, as a chain of parents. */
interface Label {
  readonly costs: readonly number[];
  readonly loss: number;
  readonly option: number;
  readonly kind: number;
  readonly parent: Label | null;
}

/** Labels kept at an item: networks need some thousands, and only budgets that pull against each other in every layer more. */
const LABEL_LIMIT = 10_000;

/** Differences below this are rounding of sums. */
const EPSILON = 1e-12;

/**
 * The choice of least loss within the budgets, exactly: a multiple-choice knapsack (Kellerer, Pferschy, Pisinger 2004, §11).
 * Labels go through the items in order. One is dropped when another of the same kind has neither more loss nor more of any
 * resource, and when its bound says that it cannot come below the best known choice. With one budget that is dynamic programming
 * over the exact cost; with several, branch and bound. Null: nothing fits, or nothing that
 * fits was found within the limit.
 */
export function solve(problem: Problem, budgets: readonly number[]): Solution | null {
  const prices = pricesFor(problem, budgets);
  const bounds = createBounds(problem, prices.vectors);
  let best = firstSolution(problem, prices.vectors, budgets);
  let exact = true;
  // Without a choice to beat, a bound above the worst one says that nothing fits.
  const limit = best?.loss ?? mostLoss(problem) * (1 + EPSILON) + 2 * EPSILON;
  let labels: readonly Label[] = [{ costs: problem.fixed, loss: 0, option: -1, kind: -1, parent: null }];
  for (let item = 0; item < problem.items.length; item++) {
    labels = undominated(expand(problem, bounds, labels, item, budgets, limit), problem.kinds);
    if (labels.length > LABEL_LIMIT) {
      exact = false;
      const value = (label: Label): number => label.loss + priced(label.costs, prices.best);
      labels = labels.toSorted((a, b) => value(a) - value(b)).slice(0, LABEL_LIMIT);
    }
  }
  for (const label of labels) {
    if (best && label.loss >= best.loss - EPSILON) continue;
    best = { options: optionsOf(label), loss: label.loss, costs: label.costs, exact };
  }
  return best && { options: best.options, loss: lossOf(problem, best.options), costs: costOf(problem, best.options), exact };
}

function expand(problem: Problem, bounds: Bounds, labels: readonly Label[], item: number, budgets: readonly number[], limit: number): Label[] {
  const { options, after } = problem.items[item];
  const grown: Label[] = [];
  for (const parent of labels) {
    for (let index = 0; index < options.length; index++) {
      const option: Option = options[index];
      const extra = parent.kind < 0 ? null : after[parent.kind][option.kind];
      const costs = parent.costs.map((cost, r) => cost + option.costs[r] + (extra ? extra[r] : 0));
      const loss = parent.loss + option.loss;
      if (!bounds.canFit(item + 1, costs, budgets)) continue;
      if (bounds.losesAtLeast(limit - EPSILON - loss, item + 1, costs, budgets)) continue;
      grown.push({ costs, loss, option: index, kind: option.kind, parent });
    }
  }
  return grown;
}

/**
 * By growing first cost, so that only earlier labels can be better in it. Of each kind the kept ones that matter form a staircase
 * in the other two: less and less loss for more and more of the second resource.
 */
function undominated(labels: Label[], kinds: number): readonly Label[] {
  labels.sort((a, b) => a.costs[0] - b.costs[0] || a.loss - b.loss || second(a) - second(b));
  const stairs = Array.from({ length: kinds }, (): Label[] => []);
  return labels.filter((label) => {
    const stair = stairs[label.kind];
    const at = stepsUpTo(stair, second(label));
    if (at > 0 && stair[at - 1].loss <= label.loss) return false;
    let beaten = at;
    while (beaten < stair.length && stair[beaten].loss >= label.loss) beaten++;
    stair.splice(at, beaten - at, label);
    return true;
  });
}

const second = ({ costs }: Label): number => costs[1] ?? 0;

/** How many steps of a staircase take no more of the second resource. */
function stepsUpTo(stair: readonly Label[], cost: number): number {
  let [low, high] = [0, stair.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (second(stair[middle]) <= cost) low = middle + 1;
    else high = middle;
  }
  return low;
}

function optionsOf(label: Label): readonly number[] {
  const options: number[] = [];
  for (let at: Label | null = label; at?.parent; at = at.parent) options.push(at.option);
  return options.reverse();
}
