import { isLayer, type Graph, type GraphNode, type NodeId, type OpId, type Shape } from '../../../core/graph/graph.ts';
import { memoisePerObject } from './memoise.ts';

/** What graph pane and layer table show: layers, joins and pools. Element-wise steps are part of the node before them. */
export interface ViewNode {
  readonly id: NodeId;
  readonly kind: 'input' | 'layer' | 'pass';
  readonly op: OpId | 'input';
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
}

export interface ViewGraph {
  /** In topological order, the nodes of a block together. */
  readonly nodes: readonly ViewNode[];
  readonly blocks: Readonly<Record<string, ViewBlock>>;
  /** Any value of the graph → the shown node that stands for it. */
  readonly shownFor: ReadonlyMap<NodeId, NodeId>;
}

const ABSORBED: ReadonlySet<OpId> = new Set<OpId>([
  'batch-norm', 'relu', 'clip', 'leaky-relu', 'rprelu', 'sigmoid', 'tanh', 'identity', 'reshape', 'transpose', 'pad', 'slice',
]);

export const viewGraph: (graph: Graph) => ViewGraph = memoisePerObject((graph) => {
  const shownFor = new Map<NodeId, NodeId>();
  const bare = contract(graph, shownFor);
  const regions = findBlocks(bare);
  const joins = new Set(bare.filter(isJoin).map((node) => node.id));
  const membership = new Map<NodeId, { readonly block: string; readonly prefix: string }>();
  for (const block of regions) {
    const prefix = namePrefix(block.nodes.filter((id) => !joins.has(id)));
    for (const id of block.nodes) membership.set(id, { block: block.id, prefix });
  }
  const labelled = bare.map((node) => {
    const member = membership.get(node.id);
    if (!member) return node;
    const shortens = member.prefix !== '' && node.id.startsWith(member.prefix) && node.id.length > member.prefix.length;
    return { ...node, label: shortens ? node.id.slice(member.prefix.length) : node.id, block: member.block };
  });
  return { nodes: keepTogether(labelled), blocks: Object.fromEntries(regions.map((block) => [block.id, block])), shownFor };
});

/** Leaves absorbed nodes out and connects what they connected. */
function contract(graph: Graph, shownFor: Map<NodeId, NodeId>): readonly ViewNode[] {
  const nodes: ViewNode[] = [];
  for (const input of graph.inputs) {
    shownFor.set(input.id, input.id);
    nodes.push({ id: input.id, kind: 'input', op: 'input', label: input.id, shape: input.shape, inputs: [], block: null, sourceOp: null });
  }
  for (const node of graph.nodes) {
    const inputs = [...new Set(node.inputs.map((id) => shownFor.get(id) ?? id))];
    if (ABSORBED.has(node.op) && inputs.length === 1) shownFor.set(node.id, inputs[0]);
    else {
      shownFor.set(node.id, node.id);
      nodes.push(viewNode(node, inputs));
    }
  }
  return nodes;
}

function viewNode(node: GraphNode, inputs: readonly NodeId[]): ViewNode {
  const sourceOp = node.op === 'unknown' ? node.attributes.sourceOp : null;
  return { id: node.id, kind: isLayer(node) ? 'layer' : 'pass', op: node.op, label: node.id, shape: node.shape, inputs, block: null, sourceOp };
}

function isJoin(node: ViewNode): boolean {
  return node.inputs.length > 1;
}

/**
 * A block is a join with everything back to where its branches parted. Walking back from the join, latest node first,
 * the branches have met when one node is left.
 */
function findBlocks(nodes: readonly ViewNode[]): readonly ViewBlock[] {
  const position = new Map(nodes.map((node, index) => [node.id, index]));
  const taken = new Set<NodeId>();
  const blocks: ViewBlock[] = [];
  for (const join of nodes) {
    if (!isJoin(join)) continue;
    const frontier = new Set(join.inputs);
    const inside: NodeId[] = [join.id];
    while (frontier.size > 1) {
      const latest = [...frontier].reduce((a, b) => ((position.get(a) ?? -1) > (position.get(b) ?? -1) ? a : b));
      frontier.delete(latest);
      inside.push(latest);
      for (const input of nodes[position.get(latest) ?? -1]?.inputs ?? []) frontier.add(input);
    }
    if (frontier.size !== 1 || inside.some((id) => taken.has(id) || nodes[position.get(id) ?? -1]?.kind === 'input')) continue;
    for (const id of inside) taken.add(id);
    inside.reverse();
    const prefix = namePrefix(inside.filter((id) => id !== join.id)).replace(/[./_:]+$/, '');
    blocks.push({ id: `block:${join.id}`, label: prefix || `Block ${blocks.length + 1}`, nodes: inside });
  }
  const labels = blocks.map((block) => block.label);
  return blocks.map((block, index) => (labels.indexOf(block.label) === index ? block : { ...block, label: `Block ${index + 1}` }));
}

/** Longest common beginning that ends at a separator; empty when there is none or only one name. */
function namePrefix(names: readonly string[]): string {
  if (names.length < 2) return '';
  let common = names[0];
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const end = Math.max(common.lastIndexOf('.'), common.lastIndexOf('/'));
  return end > 0 ? common.slice(0, end + 1) : '';
}

/** Moves the nodes of a block to where its first one stands. */
function keepTogether(nodes: readonly ViewNode[]): readonly ViewNode[] {
  const byBlock = new Map<string, ViewNode[]>();
  for (const node of nodes) {
    if (node.block === null) continue;
    const members = byBlock.get(node.block);
    if (members) members.push(node);
    else byBlock.set(node.block, [node]);
  }
  return nodes.flatMap((node) => {
    if (node.block === null) return [node];
    const members = byBlock.get(node.block) ?? [];
    return members[0] === node ? members : [];
  });
}
