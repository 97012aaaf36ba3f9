import { matchesPattern, patternsOf } from '../../../core/base/name-pattern.ts';
import type { Graph, NodeId } from '../../../core/graph/graph.ts';
import { layerTable } from './layers.ts';

/** Layers whose name the pattern takes, in graph order. */
export function layersByPattern(graph: Graph, pattern: string): readonly NodeId[] {
  return Object.keys(layerTable(graph)).filter((id) => matchesPattern(pattern, id));
}

export interface SuggestedPattern {
  readonly pattern: string;
  readonly count: number;
}

/** Patterns of the layer's name that take other layers too; of those that take the same layers, the first. */
export function suggestedPatterns(graph: Graph, layer: NodeId): readonly SuggestedPattern[] {
  const seen = new Set<string>();
  return patternsOf(layer).flatMap((pattern) => {
    const layers = layersByPattern(graph, pattern);
    const key = layers.join('\n');
    if (layers.length < 2 || seen.has(key)) return [];
    seen.add(key);
    return [{ pattern, count: layers.length }];
  });
}
