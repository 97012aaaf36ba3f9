import { type GraphNode, type Model, type NodeId, type Shape } from '../graph.ts';
import { indexOf, rewrite } from './rewrite.ts';

const EPSILON = 1e-5;

/** Name of the batch norm that is put behind a layer. */
export const normOf = (layer: NodeId): NodeId => `${layer}/norm`;

/** Per channel, of a layer's result. */
export interface ResultStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * Puts a batch norm behind each of these layers that has none. It starts as the identity, so that the network answers as
 * before; in training it takes the scale of the layer's sums, and in the deployed network it costs nothing.
 */
export function insertBatchNorms(model: Model, layers: ReadonlySet<NodeId>, statisticsOf: (layer: NodeId) => ResultStatistics): Model {
  const index = indexOf(model.graph);
  const replaced = new Map<NodeId, readonly GraphNode[]>();
  const weights = new Map<string, { shape: Shape; values: Float32Array }>();
  for (const node of model.graph.nodes) {
    if (!layers.has(node.id)) continue;
    const [reader] = index.readers(node.id);
    // Without an epsilon it is a product and a sum per channel, which no statistics follow.
    if (index.onlyRead(node.id) && reader.op === 'batch-norm' && reader.attributes.epsilon > 0) continue;
    const { mean, variance } = statisticsOf(node.id);
    const values = { gamma: variance.map((value) => Math.sqrt(value + EPSILON)), beta: mean.slice(), mean: mean.slice(), variance: variance.slice() };
    const id = normOf(node.id);
    const slots = Object.fromEntries(Object.keys(values).map((slot) => [slot, `${id}/${slot}`]));
    for (const [slot, array] of Object.entries(values)) weights.set(`${id}/${slot}`, { shape: [array.length], values: array });
    const norm = { id, op: 'batch-norm', inputs: [node.id], attributes: { epsilon: EPSILON }, weights: slots, shape: node.shape } as GraphNode;
    replaced.set(node.id, [node, norm]);
  }
  if (replaced.size === 0) return model;
  const added = rewrite(model, { replaced, weights });
  // The readers of the layer, the norm itself apart, read the norm.
  const follow = (id: string): string => (replaced.has(id) ? normOf(id) : id);
  const nodes = added.graph.nodes.map((node) => (weights.has(`${node.id}/gamma`) ? node : ({ ...node, inputs: node.inputs.map(follow) } as GraphNode)));
  return { graph: { ...added.graph, nodes, outputs: added.graph.outputs.map(follow) }, weights: added.weights };
}
