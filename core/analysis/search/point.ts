import { layersOf, type Graph } from '../../graph/graph.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import type { Plan } from '../../schemes/scheme.ts';
import type { SensitivityCell } from '../sensitivity/cells.ts';
import { packedSize } from '../size.ts';

export interface PlanSums {
  readonly plan: Plan;
  /** Of the packed file, exact. */
  readonly bytes: number;
  /** Sums over the layers of what each does alone: KL in nats, and points of accuracy. NaN where a cell is missing. */
  readonly divergence: number;
  readonly accuracyChange: number;
}

export function pointOfPlan(graph: Graph, plan: Plan, cells: readonly SensitivityCell[]): PlanSums {
  const quantised = layersOf(graph).flatMap(({ id }) => {
    const { scheme } = choiceOf(plan, id);
    return SCHEMES[scheme].weights === null ? [] : [cells.find((cell) => cell.definition === 'alone' && cell.layer === id && cell.scheme === scheme)];
  });
  return {
    plan,
    bytes: packedSize(graph, plan).totalBytes,
    divergence: quantised.reduce((sum, cell) => sum + (cell?.divergence ?? Number.NaN), 0),
    accuracyChange: quantised.reduce((sum, cell) => sum + (cell?.accuracyChange ?? Number.NaN), 0),
  };
}
