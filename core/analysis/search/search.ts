import { fileBytes } from '../../export/packed/layout.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Plan } from '../../schemes/scheme.ts';
import { packedSize } from '../size.ts';
import { cheapestAt } from './lagrangian.ts';
import { networkProblem, type NetworkProblemInputs, type Resource } from './network-problem.ts';
import { fits, lossOf } from './problem.ts';
import { solve } from './solve.ts';

/** A plan that the solver found, with what it truly spends. */
export interface FoundPlan {
  readonly plan: Plan;
  /** Sum of the layers' own losses, in nats: losses are taken to add up, which few bits in many layers do not. */
  readonly loss: number;
  /** One a resource, of the whole plan. */
  readonly spent: readonly number[];
  /** No plan loses less as the losses add up. */
  readonly exact: boolean;
}

/** Bytes of the packed file before it is rounded up to whole words: these add up over layers. */
export function sizeResource(graph: Graph): Resource {
  return { spend: (plan) => packedSize(graph, plan).unalignedBytes };
}

/** The most that such a sum may be for a file of so many bytes. */
export function unalignedWithin(bytes: number): number {
  const words = Math.floor((bytes - fileBytes(0)) / 4);
  return words * 4;
}

/** How often a plan that misses its budget in truth is looked for again with a corrected one. */
const CORRECTIONS = 8;

export class PlanSearch {
  private readonly inputs: NetworkProblemInputs;
  private readonly network: ReturnType<typeof networkProblem>;

  constructor(inputs: NetworkProblemInputs) {
    this.inputs = inputs;
    this.network = networkProblem(inputs);
  }

  /**
   * The plan of least predicted loss within the budgets, one a resource; null when nothing fits. What the plan spends as a whole
   * decides: where it is not the sum of its layers, the search goes on with the difference taken off the budget, or given back.
   */
  best(budgets: readonly number[]): FoundPlan | null {
    let found: FoundPlan | null = null;
    let targets = budgets;
    const tried = new Set<string>();
    for (let attempt = 0; attempt < CORRECTIONS && !tried.has(targets.join()); attempt++) {
      tried.add(targets.join());
      const solution = solve(this.network.problem, targets);
      if (!solution) break;
      const candidate = this.check(solution.options, solution.exact);
      const fitsTruly = fits(candidate.spent, budgets);
      if (fitsTruly && (found === null || candidate.loss < found.loss)) found = candidate;
      const error = candidate.spent.map((spent, r) => spent - solution.costs[r]);
      const over = candidate.spent.map((spent, r) => Math.max(0, spent - budgets[r]));
      targets = fitsTruly ? budgets.map((budget, r) => budget + Math.max(0, -error[r])) : targets.map((target, r) => target - over[r]);
    }
    return found;
  }

  /** What the most frugal plan spends of a resource. */
  least(resource: number): number {
    return this.frugal(resource).spent[resource];
  }

  private frugal(resource: number): FoundPlan {
    const { problem } = this.network;
    // A price at which a nat of loss counts for nothing.
    return this.check(cheapestAt(problem, problem.fixed.map((_, r) => (r === resource ? 1e12 : 0))), true);
  }

  private check(options: readonly number[], exact: boolean): FoundPlan {
    const plan = this.network.planOf(options);
    return { plan, loss: lossOf(this.network.problem, options), spent: this.inputs.resources.map((resource) => resource.spend(plan)), exact };
  }

  /**
   * The Pareto front over one resource, from frugal to float32: one exact optimum for each of `count` budgets, evenly spaced on a
   * logarithmic scale, without those that another one beats. Other resources stay within `budgets`.
   */
  async front(resource: number, count: number, budgets: readonly number[], breathe: () => Promise<void>): Promise<readonly FoundPlan[]> {
    const { problem } = this.network;
    const low = this.frugal(resource);
    const lossless = this.check(cheapestAt(problem, problem.fixed.map(() => 0)), true);
    const [from, to] = [low.spent[resource], Math.max(low.spent[resource], lossless.spent[resource])];
    const found: FoundPlan[] = [low, lossless].filter(({ spent }) => fits(spent, budgets));
    for (let step = 0; step < count; step++) {
      const budget = from * (to / from) ** (step / Math.max(1, count - 1));
      const best = this.best(budgets.map((limit, r) => (r === resource ? Math.min(limit, budget) : limit)));
      if (best) found.push(best);
      await breathe();
    }
    return undominatedPlans(found, resource);
  }
}

/** From frugal to lossless, without plans that spend as much or more for no less loss. */
function undominatedPlans(plans: readonly FoundPlan[], resource: number): readonly FoundPlan[] {
  const sorted = plans.toSorted((a, b) => a.spent[resource] - b.spent[resource] || a.loss - b.loss);
  let least = Number.POSITIVE_INFINITY;
  return sorted.filter(({ loss }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
}
