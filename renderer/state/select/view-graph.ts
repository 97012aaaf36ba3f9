import { isLayer, type Graph, type GraphNode, type NodeId, type OpId, type Shape } from '../../../core/graph/graph.ts';
import { findBlocks, gather, isJoin, namePrefix } from './blocks.ts';
import { memoisePerObject } from './memoise.ts';

/** What graph pane and layer table show: layers, joins and pools. Element-wise steps are part of the node before them. */
export interface ViewNode {
  readonly id: NodeId;
  readonly kind: 'input' | 'layer' | 'pass';
  readonly op: OpId | 'input';
  /** "3×3" of a convolution; empty for everything else. */
  readonly kernel: string;
  /** Short name: the id without what its block already says. */
  readonly label: string;
  readonly shape: Shape;
  readonly inputs: readonly NodeId[];
  readonly block: string | null;
  /** Name of the operator in the file, of a node that the studio does not run. */
  readonly sourceOp: string | null;
}

export interface ViewBlock {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly NodeId[];
  /** Operators and wiring: blocks with the same text are alike. */
  readonly pattern: string;
}

export interface ViewGraph {
  /** In topological order, the nodes of a block together. */
  readonly nodes: readonly ViewNode[];
  readonly blocks: Readonly<Record<string, ViewBlock>>;
  /** Any value of the graph → the shown node that stands for it. */
  readonly shownFor: ReadonlyMap<NodeId, NodeId>;
}

const ABSORBED: ReadonlySet<OpId> = new Set<OpId>([
  'batch-norm', 'relu', 'clip', 'leaky-relu', 'rprelu', 'sigmoid', 'tanh', 'identity', 'reshape', 'transpose', 'pad', 'slice', 'expand', 'exponential', 'erf', 'power',
]);

export const viewGraph: (graph: Graph) => ViewGraph = memoisePerObject((graph) => {
  const shownFor = new Map<NodeId, NodeId>();
  const bare = contract(graph, shownFor);
  const blocks = findBlocks(bare);
  const joins = new Set(bare.filter(isJoin).map((node) => node.id));
  const membership = new Map<NodeId, { readonly block: string; readonly prefix: string }>();
  for (const block of blocks) {
    const prefix = namePrefix(block.nodes.filter((id) => !joins.has(id)));
    for (const id of block.nodes) membership.set(id, { block: block.id, prefix });
  }
  const labelled = bare.map((node) => {
    const member = membership.get(node.id);
    if (!member) return node;
    const shortens = member.prefix !== '' && node.id.startsWith(member.prefix) && node.id.length > member.prefix.length;
    return { ...node, label: shortens ? node.id.slice(member.prefix.length) : node.id, block: member.block };
  });
  const blockOf = new Map([...membership].map(([id, { block }]) => [id, block]));
  return { nodes: gather(labelled, blockOf).flat(), blocks: Object.fromEntries(blocks.map((block) => [block.id, block])), shownFor };
});

/** Leaves absorbed nodes out and connects what they connected. */
function contract(graph: Graph, shownFor: Map<NodeId, NodeId>): readonly ViewNode[] {
  const nodes: ViewNode[] = [];
  for (const input of graph.inputs) {
    shownFor.set(input.id, input.id);
    nodes.push({ id: input.id, kind: 'input', op: 'input', kernel: '', label: input.id, shape: input.shape, inputs: [], block: null, sourceOp: null });
  }
  for (const node of graph.nodes) {
    const inputs = [...new Set(node.inputs.map((id) => shownFor.get(id) ?? id))];
    if (ABSORBED.has(node.op) && inputs.length === 1) shownFor.set(node.id, inputs[0]);
    else {
      shownFor.set(node.id, node.id);
      nodes.push(viewNode(graph, node, inputs));
    }
  }
  return nodes;
}

function viewNode(graph: Graph, node: GraphNode, inputs: readonly NodeId[]): ViewNode {
  const shape = graph.weights[node.weights['kernel']]?.shape ?? [];
  const kernel = shape.length === 4 ? `${shape[0]}×${shape[1]}` : '';
  const sourceOp = node.op === 'unknown' ? node.attributes.sourceOp : null;
  return { id: node.id, kind: isLayer(node) ? 'layer' : 'pass', op: node.op, kernel, label: node.id, shape: node.shape, inputs, block: null, sourceOp };
}

/** With more nodes than this a graph opens with its blocks closed. */
const LARGE = 300;

/** Blocks that are closed when a network is opened. */
export function collapsedAtFirst(graph: Graph): readonly string[] {
  const { nodes, blocks } = viewGraph(graph);
  return nodes.length > LARGE ? Object.keys(blocks) : [];
}
