import { uniformPlan } from '../analysis/plans.ts';
import type { Resource } from '../analysis/search/network-problem.ts';
import { pointOfPlan } from '../analysis/search/point.ts';
import { PlanSearch, sizeResource, unalignedWithin, type FoundPlan } from '../analysis/search/search.ts';
import { withoutUnknown } from '../analysis/size.ts';
import { StudioError } from '../base/errors.ts';
import { createBreather } from '../base/breathe.ts';
import { tableMilliseconds, type NetworkCosts } from '../bench/forecast.ts';
import { fileBytes } from '../export/packed/layout.ts';
import type { Graph } from '../graph/graph.ts';
import { lower } from '../runtime/lower.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { PlanBudgets, PlannedPoint } from './analysis-results.ts';
import type { Jobs } from './contract.ts';

function timeResource(graph: Graph, costs: NetworkCosts): Resource {
  return {
    spend: (plan) => {
      const milliseconds = tableMilliseconds(lower(graph, plan).network, costs);
      if (milliseconds !== null) return milliseconds;
      throw new StudioError('A layer of this network has not been timed at every precision.', { where: graph.name, next: 'Time the layers again, or give a budget in bytes.' });
    },
  };
}

export interface SearchLimits {
  readonly resources: readonly Resource[];
  /** One a resource. */
  readonly limits: readonly number[];
  readonly indexOf: (id: 'bytes' | 'milliseconds') => number;
}

/** What a search has to look at. A resource that is neither sought over nor limited would only keep plans apart that need not be. */
export function searchLimits(graph: Graph, costs: NetworkCosts | null, budgets: PlanBudgets, over: 'bytes' | 'milliseconds'): SearchLimits {
  const timed = over === 'milliseconds' || budgets.milliseconds !== undefined;
  if (costs === null && timed) {
    throw new StudioError('Plans cannot be sought by time before the layers have been timed.', { where: graph.name, next: 'Wait until the layers are timed, or give a budget in bytes.' });
  }
  const sized = over === 'bytes' || budgets.bytes !== undefined;
  const wanted = [
    ...(sized ? [{ id: 'bytes', resource: sizeResource(graph), limit: unalignedWithin(budgets.bytes ?? Number.POSITIVE_INFINITY) }] : []),
    ...(costs && timed ? [{ id: 'milliseconds', resource: timeResource(graph, costs), limit: budgets.milliseconds ?? Number.POSITIVE_INFINITY }] : []),
  ];
  return {
    resources: wanted.map(({ resource }) => resource),
    limits: wanted.map(({ limit }) => limit),
    indexOf: (id) => wanted.findIndex((one) => one.id === id),
  };
}

/** The front goes over size or time, within budgets of both. */
export const searchPlans: Jobs['searchPlans'] = async ({ graph, locked, cells, costs, budgets, over, points, tied }, { signal, report }) => {
  const runnable = withoutUnknown(graph);
  const { resources, limits, indexOf } = searchLimits(runnable, costs, budgets, over);
  const byPlace = new Map(cells.filter((cell) => cell.definition === 'alone').map((cell) => [`${cell.layer}\n${cell.scheme}`, cell]));
  const cellOf = (layer: string, scheme: string) => byPlace.get(`${layer}\n${scheme}`) ?? null;
  const search = new PlanSearch({
    graph: runnable,
    // Float32 is what loss is counted from.
    loss: (layer, scheme) => (SCHEMES[scheme].weights === null ? 0 : (cellOf(layer, scheme)?.divergence ?? null)),
    locked,
    resources,
    tied,
  });
  const point = (plan: Plan): PlannedPoint => ({
    ...pointOfPlan(graph, plan, cells),
    milliseconds: costs && tableMilliseconds(lower(runnable, plan).network, costs),
  });
  const breathe = createBreather(signal);
  let done = 0;
  const front = await search.front(indexOf(over), points, limits, async () => {
    report({ done: ++done, total: points });
    await breathe();
  });
  const best: FoundPlan | null = search.best(limits);
  return {
    front: front.map(({ plan }) => point(plan)),
    best: best && point(best.plan),
    exact: best === null || best.exact,
    uniform: SCHEME_IDS.map((scheme) => ({ scheme, ...point(uniformPlan(graph, scheme)) })),
    least: {
      bytes: indexOf('bytes') < 0 ? null : fileBytes(search.least(indexOf('bytes'))),
      milliseconds: indexOf('milliseconds') < 0 ? null : search.least(indexOf('milliseconds')),
    },
  };
};
