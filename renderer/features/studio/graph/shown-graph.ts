import type { NodeId } from '../../../../core/graph/graph.ts';
import type { LayoutNode, LayoutRequest } from '../../../../core/layout/contract.ts';
import type { ViewBlock, ViewGraph, ViewNode } from '../../../state/select/view-graph.ts';

/** What stands in the graph as one box. */
export interface ShownItem {
  /** Of the node, or of the closed block. */
  readonly id: string;
  readonly shape: 'layer' | 'step' | 'join' | 'block';
  /** Null for a closed block. */
  readonly node: ViewNode | null;
  /** The closed block, or the open one that the node stands in. */
  readonly block: ViewBlock | null;
}

/** The graph with closed blocks as single boxes. Indices are places in `items`. */
export interface ShownGraph {
  readonly items: readonly ShownItem[];
  /** Open blocks, in the order of the frames of the layout. */
  readonly frames: readonly ViewBlock[];
  readonly inputs: readonly (readonly number[])[];
  readonly readers: readonly (readonly number[])[];
  /** Any shown node, also inside a closed block → the item that stands for it. A block → its own. */
  readonly itemOf: ReadonlyMap<string, number>;
  /** An open block → its place in `frames`. */
  readonly frameOf: ReadonlyMap<string, number>;
  readonly request: LayoutRequest;
}

type Size = Pick<LayoutNode, 'width' | 'narrowWidth' | 'height' | 'round'>;

const SIZES: Readonly<Record<ShownItem['shape'], Size>> = {
  layer: { width: 158, narrowWidth: 106, height: 24, round: false },
  step: { width: 100, narrowWidth: 100, height: 22, round: false },
  join: { width: 18, narrowWidth: 18, height: 18, round: true },
  block: { width: 158, narrowWidth: 132, height: 30, round: false },
};

export function shownGraph(view: ViewGraph, collapsed: readonly string[]): ShownGraph {
  const closed = new Set(collapsed);
  const items: ShownItem[] = [];
  const nodes: LayoutNode[] = [];
  const frames: ViewBlock[] = [];
  const frameOf = new Map<string, number>();
  const itemOf = new Map<string, number>();
  const add = (item: ShownItem, group: number): number => {
    nodes.push({ ...SIZES[item.shape], group });
    itemOf.set(item.id, items.length);
    return items.push(item) - 1;
  };
  for (const node of view.nodes) {
    const block = node.block === null ? null : view.blocks[node.block];
    if (!block) add({ id: node.id, shape: shapeOf(node), node, block }, -1);
    else if (closed.has(block.id)) itemOf.set(node.id, itemOf.get(block.id) ?? add({ id: block.id, shape: 'block', node: null, block }, -1));
    else {
      if (!frameOf.has(block.id)) frameOf.set(block.id, frames.push(block) - 1);
      add({ id: node.id, shape: shapeOf(node), node, block }, frameOf.get(block.id) ?? -1);
    }
  }
  const inputs: number[][] = items.map(() => []);
  const readers: number[][] = items.map(() => []);
  const edges: number[] = [];
  for (const node of view.nodes) {
    const to = itemOf.get(node.id) ?? -1;
    for (const input of node.inputs) {
      const from = itemOf.get(input) ?? -1;
      if (from < 0 || from === to || inputs[to].includes(from)) continue;
      inputs[to].push(from);
      readers[from].push(to);
      edges.push(from, to);
    }
  }
  return { items, frames, inputs, readers, itemOf, frameOf, request: { nodes, edges: Uint32Array.from(edges), groupCount: frames.length } };
}

function shapeOf(node: ViewNode): ShownItem['shape'] {
  return node.kind === 'layer' ? 'layer' : node.inputs.length > 1 ? 'join' : 'step';
}

/** Layers that selecting an item selects: all of a block, a layer, or the step itself. */
export function membersOf(item: ShownItem, isLayer: (id: NodeId) => boolean): readonly NodeId[] {
  return item.node ? [item.node.id] : (item.block?.nodes.filter(isLayer) ?? []);
}
