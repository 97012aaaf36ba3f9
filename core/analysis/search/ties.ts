import { isLayer, type Graph, type NodeId, type ValueId } from '../../graph/graph.ts';

/** Groups of layers whose results meet in an add, directly or through other operators; such sums need no conversion when tied. */
export function tiedLayers(graph: Graph): readonly (readonly NodeId[])[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const group = new Map<NodeId, NodeId>();
  const root = (id: NodeId): NodeId => {
    const parent = group.get(id) ?? id;
    return parent === id ? id : root(parent);
  };
  /** The layers that a value comes from without another layer between. */
  const sources = (value: ValueId): readonly NodeId[] => {
    const node = nodes.get(value);
    if (!node) return [];
    return isLayer(node) ? [node.id] : node.inputs.flatMap(sources);
  };
  for (const node of graph.nodes) {
    if (node.op !== 'add') continue;
    const [first, ...others] = node.inputs.flatMap(sources);
    for (const other of others) group.set(root(other), root(first));
  }
  const members = new Map<NodeId, NodeId[]>();
  for (const node of graph.nodes) {
    if (isLayer(node)) members.set(root(node.id), [...(members.get(root(node.id)) ?? []), node.id]);
  }
  return [...members.values()];
}
