/**
 * What the solver sees: items (layers, or layers that are tied) with options (precisions), of which one each is taken. Losses add up,
 * and so do costs, apart from what an item's option costs more or less behind the option before it. There are one or two resources.
 */
export interface Problem {
  readonly items: readonly Item[];
  /** How many kinds of options there are: options of one kind are alike for their neighbours. */
  readonly kinds: number;
  /** What is spent whatever is chosen, one a resource. */
  readonly fixed: readonly number[];
}

export interface Item {
  readonly options: readonly Option[];
  /** [kind of the item before][kind of this one] → additional costs, one a resource. Not read for the first item. */
  readonly after: readonly (readonly (readonly number[])[])[];
}

export interface Option {
  readonly loss: number;
  /** One a resource; may be negative, since costs are differences from a base. */
  readonly costs: readonly number[];
  readonly kind: number;
}

export function costOf({ items, fixed }: Problem, options: readonly number[]): readonly number[] {
  return fixed.map((start, r) =>
    items.reduce((sum, { options: all, after }, i) => {
      const option = all[options[i]];
      const before = i > 0 ? items[i - 1].options[options[i - 1]] : null;
      return sum + option.costs[r] + (before ? after[before.kind][option.kind][r] : 0);
    }, start),
  );
}

export function lossOf({ items }: Problem, options: readonly number[]): number {
  return items.reduce((sum, item, i) => sum + item.options[options[i]].loss, 0);
}

/** What the worst choice loses. */
export function mostLoss({ items }: Problem): number {
  return items.reduce((sum, { options }) => sum + Math.max(...options.map(({ loss }) => loss)), 0);
}

export function fits(costs: readonly number[], budgets: readonly number[]): boolean {
  return costs.every((cost, r) => cost <= budgets[r]);
}
