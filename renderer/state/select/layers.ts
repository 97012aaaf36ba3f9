import { elementCount, layersOf, type Graph, type LayerNode, type NodeId } from '../../../core/graph/graph.ts';
import { rowOf } from '../../../core/graph/ops.ts';
import { layerFacts, refusalsOf } from '../../../core/schemes/layer-facts.ts';
import type { LayerFacts, SchemeId } from '../../../core/schemes/scheme.ts';
import { memoisePerObject } from './memoise.ts';

export interface LayerInfo {
  readonly id: NodeId;
  readonly node: LayerNode;
  readonly facts: LayerFacts;
  readonly parameters: number;
  readonly multiplyAccumulates: number;
  /** Per scheme: null where the layer can take it, otherwise the reason. */
  readonly refusals: Readonly<Record<SchemeId, string | null>>;
}

export type LayerTable = Readonly<Record<NodeId, LayerInfo>>;

/** Facts of every layer that do not depend on the plan. */
export const layerTable: (graph: Graph) => LayerTable = memoisePerObject((graph) => {
  const table: Record<NodeId, LayerInfo> = {};
  for (const node of layersOf(graph)) {
    const shapes = Object.fromEntries(Object.entries(node.weights).map(([slot, id]) => [slot, graph.weights[id].shape]));
    table[node.id] = {
      id: node.id,
      node,
      facts: layerFacts(graph, node),
      parameters: Object.values(shapes).reduce((sum, shape) => sum + elementCount(shape), 0),
      multiplyAccumulates: rowOf(node.op).multiplyAccumulates?.(node.shape, shapes) ?? 0,
      refusals: refusalsOf(graph, node),
    };
  }
  return table;
});

const STRIDED = (y: number, x: number): string => (y === x ? (y === 1 ? '' : ` /${y}`) : ` /${y}×${x}`);

/** "3×3, 16→32 /2", "64→10". */
export function kernelText({ node, facts }: LayerInfo): string {
  const shape = facts.kernelShape;
  const channels = `${shape[shape.length - 2]}→${facts.outputChannels}`;
  if (node.op === 'dense') return channels;
  return `${shape[0]}×${shape[1]}, ${channels}${STRIDED(node.attributes.strideY, node.attributes.strideX)}`;
}
