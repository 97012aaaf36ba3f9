import type { PlannedPoint } from '../../core/jobs/analysis-results.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { layersOf, type Graph } from '../../core/graph/graph.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import { choiceOf } from '../../core/schemes/layer-facts.ts';
import { table } from './terminal.ts';

/** A point of the search: what it takes, what was predicted, and what was measured. */
export interface MeasuredPoint extends PlannedPoint {
  /** "INT4" for that precision throughout; null for a plan of the solver. */
  readonly uniform: string | null;
  /** Improved by looking around it. */
  readonly refined: boolean;
  readonly measured: Evaluation | null;
  readonly chosen: boolean;
}

/** One letter a layer, in order. */
export function lettersOf(graph: Graph, plan: PlannedPoint['plan']): string {
  return layersOf(graph).map(({ id }) => SCHEMES[choiceOf(plan, id).scheme].letter).join('');
}

const percentText = (measured: Evaluation | null): string => {
  if (!measured) return '–';
  return `${(100 * measured.accuracy).toFixed(1)} % [${(100 * measured.interval.low).toFixed(1)}, ${(100 * measured.interval.high).toFixed(1)}]`;
};

/** The plans from small to large; the chosen one is marked. */
export function frontTable(graph: Graph, points: readonly MeasuredPoint[]): string {
  const rows = points
    .toSorted((a, b) => a.bytes - b.bytes)
    .map((point) => [
      point.chosen ? '→' : '',
      point.uniform ?? (point.refined ? 'refined' : 'solver'),
      (point.bytes / 1000).toFixed(1),
      point.milliseconds === null ? '–' : point.milliseconds.toFixed(3),
      point.divergence.toFixed(4),
      percentText(point.measured),
      lettersOf(graph, point.plan),
    ]);
  return table(['', 'Plan', 'KB', 'ms ≈', 'KL ≈', 'Measured, 95 % interval', 'Layers'], rows);
}

/** The chosen precision of each layer. */
export function planTable(graph: Graph, plan: PlannedPoint['plan']): string {
  return table(['Layer', 'Precision'], layersOf(graph).map(({ id }) => [id, SCHEMES[choiceOf(plan, id).scheme].name]));
}
