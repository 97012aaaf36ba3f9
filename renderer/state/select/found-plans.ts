import type { Graph } from '../../../core/graph/graph.ts';
import { choosePlan } from '../../../core/analysis/search/choose.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import type { PlannedPoint, SearchResult } from '../../../core/jobs/analysis-results.ts';
import type { Evaluation } from '../../../core/jobs/contract.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { ActivityState } from '../activity.ts';
import { planText, resultKeyOfPlan } from '../keys.ts';
import type { ActiveNetwork } from './network.ts';

/** A plan on the screen: of the solver, or one precision throughout. */
export interface SearchedPoint extends PlannedPoint {
  /** "INT4 throughout", or null. */
  readonly uniform: string | null;
}

export interface PlanPoint extends SearchedPoint {
  readonly id: string;
  /** Null until it has been measured. */
  readonly measured: Evaluation | null;
  /** Share, 0 to 1: measured, or from what its layers do alone. Null while the float network has not been measured. */
  readonly accuracy: number | null;
}

/** Every plan once: the optimum for the budgets, then uniform ones, then the front outwards from the optimum. */
export function searchedPoints(graph: Graph, { best, front, uniform }: SearchResult): readonly SearchedPoint[] {
  const near = best?.bytes ?? front[0]?.bytes ?? 1;
  const outwards = front.toSorted((a, b) => Math.abs(Math.log(a.bytes / near)) - Math.abs(Math.log(b.bytes / near)));
  const all: readonly SearchedPoint[] = [
    ...(best ? [{ ...best, uniform: null }] : []),
    ...uniform.map(({ scheme, ...point }) => ({ ...point, uniform: SCHEMES[scheme].name })),
    ...outwards.map((point) => ({ ...point, uniform: null })),
  ];
  const seen = new Set<string>();
  return all.filter(({ plan }) => {
    const text = planText(graph, plan);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** The same with what has been measured, smallest first. */
export function planPoints(network: ActiveNetwork, result: SearchResult, evaluations: ActivityState['evaluations'], classes: number): readonly PlanPoint[] {
  const { project, identity, graph } = network;
  const float = evaluations[network.key];
  const chance = classes > 0 ? 1 / classes : 0;
  return searchedPoints(graph, result)
    .map((point): PlanPoint => {
      const known: Evaluation | undefined = evaluations[resultKeyOfPlan(project, identity, point.plan)];
      // An evaluation without a divergence is of the meters: what chooses between plans is still missing.
      const measured = known && (known.divergence > 0 || point.divergence === 0) ? known : null;
      const predicted = float ? Math.min(1, Math.max(chance, float.accuracy + point.accuracyChange / 100)) : null;
      return { ...point, id: planText(graph, point.plan), measured, accuracy: measured?.accuracy ?? predicted };
    })
    .toSorted((a, b) => a.bytes - b.bytes || a.divergence - b.divergence);
}

/** What the budgets choose among the measured plans; null while none of those that are measured keeps them. */
export function chosenPoint(points: readonly PlanPoint[], { sizeBytes, milliseconds, accuracy }: Project['budgets']): PlanPoint | null {
  return choosePlan(points, {
    ...(sizeBytes === undefined ? {} : { bytes: sizeBytes }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(accuracy === undefined ? {} : { accuracy }),
  });
}
