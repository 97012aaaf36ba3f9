import { PlanSearch } from '../analysis/search/search.ts';
import type { CellPlace } from '../analysis/sensitivity/cells.ts';
import type { SensitivityScan } from '../analysis/sensitivity/scan.ts';
import { createBreather } from '../base/breathe.ts';
import { layersOf, type Graph, type NodeId } from '../graph/graph.ts';
import { SCHEME_IDS } from '../schemes/index.ts';
import { choiceOf, refusalsOf } from '../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../schemes/scheme.ts';
import type { Jobs } from './contract.ts';
import { searchLimits } from './search-plans.ts';
import { createScan } from './sensitivity.ts';

type LossTable = ReadonlyMap<NodeId, ReadonlyMap<SchemeId, number>>;

/** Every layer at every precision that it can take, other than its own. */
function exchangesOf(graph: Graph, plan: Plan, locked: Plan): readonly CellPlace[] {
  return layersOf(graph).flatMap((layer) => {
    const refusals = refusalsOf(graph, layer);
    const now = choiceOf(plan, layer.id).scheme;
    return locked[layer.id] ? [] : SCHEME_IDS.filter((scheme) => scheme !== now && refusals[scheme] === null).map((scheme) => ({ layer: layer.id, scheme }));
  });
}

/** What each precision of each layer does to the divergence of the plan, from the best of the layer up. */
async function lossesAround(scan: SensitivityScan, graph: Graph, plan: Plan, places: readonly CellPlace[], each: () => void): Promise<LossTable> {
  const divergence = await scan.divergence(plan);
  const table = new Map(layersOf(graph).map(({ id }): [NodeId, Map<SchemeId, number>] => [id, new Map([[choiceOf(plan, id).scheme, 0]])]));
  for (const place of places) {
    table.get(place.layer)?.set(place.scheme, (await scan.exchanged(plan, place)) - divergence);
    each();
  }
  return new Map([...table].map(([id, losses]) => [id, new Map([...losses].map(([scheme, loss]) => [scheme, loss - Math.min(...losses.values())]))]));
}

/** Prices of an exchange, as shares of the plan's divergence: the dearer, the fewer layers change at once. */
const EXCHANGE_PRICES = [0, 0.02, 0.05, 0.1, 0.2];

/** The table with a price on leaving the precision that a layer has. */
function priced(losses: LossTable, plan: Plan, price: number): LossTable {
  return new Map([...losses].map(([id, row]) => [id, new Map([...row].map(([scheme, loss]) => [scheme, scheme === choiceOf(plan, id).scheme ? loss : loss + price]))]));
}

export const refinePlan: Jobs['refinePlan'] = async ({ plan: start, locked, costs, budgets, tied, rounds, ...source }, { signal, report }) => {
  const { graph } = source.model;
  const scan = createScan(source, createBreather(signal));
  const { resources, limits } = searchLimits(graph, costs, budgets, budgets.milliseconds !== undefined && budgets.bytes === undefined ? 'milliseconds' : 'bytes');
  const before = await scan.divergence(start);
  let [plan, after] = [start, before];
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    const places = exchangesOf(graph, plan, locked);
    const total = done + places.length * (rounds - round);
    const losses = await lossesAround(scan, graph, plan, places, () => report({ done: ++done, total }));
    // Many exchanges at once need not do what they do one by one: proposals of many and of few are measured, and the best is taken.
    const from: Plan = plan;
    const proposals = EXCHANGE_PRICES.flatMap((share) => {
      const table = priced(losses, from, share * after);
      return new PlanSearch({ graph, loss: (layer, scheme) => table.get(layer)?.get(scheme) ?? null, locked, resources, tied }).best(limits) ?? [];
    });
    const distinct = new Map(proposals.map((found) => [JSON.stringify(found.plan), found.plan]));
    for (const proposal of distinct.values()) {
      const divergence = await scan.divergence(proposal);
      if (divergence < after) [plan, after] = [proposal, divergence];
    }
    if (plan === from) break;
  }
  return { plan, before, after };
};
