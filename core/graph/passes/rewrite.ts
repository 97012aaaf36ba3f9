import type { Graph, GraphNode, Model, NodeId, Shape, ValueId } from '../graph.ts';

/** What a pass changed: nodes replaced or removed, values renamed, weights added. */
export interface Edit {
  /** New nodes in place of old ones, in order; an empty list removes. */
  readonly replaced: ReadonlyMap<NodeId, readonly GraphNode[]>;
  /** Readers of the first value read the second instead. */
  readonly renamed?: ReadonlyMap<ValueId, ValueId>;
  readonly weights?: ReadonlyMap<string, { readonly shape: Shape; readonly values: Float32Array }>;
}

/** Applies an edit, and drops weights that no node names any more. */
export function rewrite(model: Model, edit: Edit): Model {
  const renamed = edit.renamed ?? new Map<ValueId, ValueId>();
  const follow = (id: ValueId): ValueId => {
    let current = id;
    for (let next = renamed.get(current); next !== undefined; next = renamed.get(current)) current = next;
    return current;
  };
  const nodes = model.graph.nodes
    .flatMap((node) => edit.replaced.get(node.id) ?? [node])
    .map((node) => (node.inputs.some((id) => renamed.has(id)) ? ({ ...node, inputs: node.inputs.map(follow) } as GraphNode) : node));
  const shapes: Record<string, { shape: Shape }> = {};
  const weights = new Map<string, Float32Array>();
  for (const node of nodes) {
    for (const id of Object.values(node.weights)) {
      const added = edit.weights?.get(id);
      shapes[id] = added ? { shape: added.shape } : model.graph.weights[id];
      weights.set(id, added ? added.values : (model.weights.get(id) as Float32Array));
    }
  }
  return { graph: { ...model.graph, nodes, outputs: model.graph.outputs.map(follow), weights: shapes }, weights };
}

export interface GraphIndex {
  readonly producer: ReadonlyMap<ValueId, GraphNode>;
  readonly shape: (id: ValueId) => Shape;
  /** Nodes that read the value; a node that reads it twice counts once. */
  readonly readers: (id: ValueId) => readonly GraphNode[];
  /** The value is read by this one node and is not an output. */
  readonly onlyRead: (id: ValueId) => boolean;
}

export function indexOf(graph: Graph): GraphIndex {
  const producer = new Map(graph.nodes.map((node) => [node.id, node]));
  const inputShapes = new Map(graph.inputs.map((input) => [input.id, input.shape]));
  const readers = new Map<ValueId, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const id of new Set(node.inputs)) {
      const list = readers.get(id);
      if (list) list.push(node);
      else readers.set(id, [node]);
    }
  }
  return {
    producer,
    shape: (id) => producer.get(id)?.shape ?? inputShapes.get(id) ?? [],
    readers: (id) => readers.get(id) ?? [],
    onlyRead: (id) => (readers.get(id)?.length ?? 0) === 1 && !graph.outputs.includes(id),
  };
}
