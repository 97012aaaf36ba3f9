import type { NodeId } from '../../../../core/graph/graph.ts';
import type { ViewGraph, ViewNode } from '../../../state/select/view-graph.ts';

/** Places in graph pixels. The main path runs down the first column; branches stand to its right. */
export interface PlacedNode {
  readonly node: ViewNode;
  readonly shape: 'layer' | 'step' | 'join';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedBlock {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly NodeId[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: NodeId;
  readonly to: NodeId;
  /** Corners of the line, in order. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  readonly byId: ReadonlyMap<NodeId, PlacedNode>;
  readonly blocks: readonly PlacedBlock[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

const LEFT = 46;
const LAYER_WIDTH = 158;
const BRANCH_WIDTH = 106;
const STEP_WIDTH = 100;
const COLUMN_GAP = 10;
const NODE_HEIGHT = 24;
const STEP_HEIGHT = 22;
const JOIN_SIZE = 18;
const GAP = 16;
const INNER_GAP = 9;
const BLOCK_HEAD = 24;
const BLOCK_FOOT = 8;
const BLOCK_LEFT = 30;
/** Narrowest block: its name, the way round and its bytes side by side. */
const BLOCK_WIDTH = 296;
/** Below the top of a block, beside its name, where branches part. */
const BLOCK_TURN = 15;
const EDGE_LANE = 26;
const TOP = 8;

const centreX = (column: number): number =>
  column === 0 ? LEFT + LAYER_WIDTH / 2 : LEFT + LAYER_WIDTH + COLUMN_GAP + (column - 1) * (BRANCH_WIDTH + COLUMN_GAP) + BRANCH_WIDTH / 2;

export function layoutGraph(view: ViewGraph): GraphLayout {
  const ranks = ranksOf(view.nodes);
  const columns = columnsOf(view.nodes, ranks);
  const tops = topsOf(view.nodes, ranks);
  const nodes = view.nodes.map((node) => place(node, columns.get(node.id) ?? 0, tops[ranks.get(node.id) ?? 0]));
  const byId = new Map(nodes.map((placed) => [placed.node.id, placed]));
  const frames = Object.values(view.blocks).map((block) => {
    const inside = block.nodes.flatMap((id) => byId.get(id) ?? []);
    const top = inside.reduce((least, node) => Math.min(least, node.y), Number.POSITIVE_INFINITY) - BLOCK_HEAD;
    const bottom = inside.reduce((most, node) => Math.max(most, node.y + node.height), 0) + BLOCK_FOOT;
    return { ...block, top, bottom };
  });
  const blockTops = new Map(frames.map((frame) => [frame.id, frame.top]));
  const edges = nodes.flatMap((target) => target.node.inputs.flatMap((from) => edgeBetween(byId.get(from), target, nodes, ranks, blockTops)));
  const reach = (most: number, x: number): number => Math.max(most, x);
  const right = edges.flatMap((edge) => edge.points.map(([x]) => x)).concat(nodes.map((node) => node.x + node.width)).reduce(reach, LEFT + LAYER_WIDTH);
  const blocks = frames.map(({ id, label, nodes: members, top, bottom }): PlacedBlock => {
    const width = Math.max(BLOCK_WIDTH, right + 10 - BLOCK_LEFT);
    return { id, label, nodes: members, x: BLOCK_LEFT, y: top, width, height: bottom - top };
  });
  const height = nodes.reduce((most, node) => Math.max(most, node.y + node.height), 0) + TOP + BLOCK_FOOT;
  const width = blocks.reduce((most, block) => Math.max(most, block.x + block.width), right) + 14;
  return { nodes, byId, blocks, edges, width, height };
}

/** Longest way from an input. */
function ranksOf(nodes: readonly ViewNode[]): ReadonlyMap<NodeId, number> {
  const ranks = new Map<NodeId, number>();
  for (const node of nodes) ranks.set(node.id, node.inputs.reduce((most, id) => Math.max(most, (ranks.get(id) ?? -1) + 1), 0));
  return ranks;
}

/** Column 0 for the longest way to the last node; others to the right, first free column of their rank. */
function columnsOf(nodes: readonly ViewNode[], ranks: ReadonlyMap<NodeId, number>): ReadonlyMap<NodeId, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rank = (id: NodeId): number => ranks.get(id) ?? -1;
  const spine = new Set<NodeId>();
  let current: ViewNode | undefined = nodes.reduce<ViewNode | undefined>((last, node) => (last && rank(last.id) > rank(node.id) ? last : node), undefined);
  while (current) {
    spine.add(current.id);
    const next: NodeId | undefined = current.inputs.reduce<NodeId | undefined>((best, id) => (best !== undefined && rank(best) >= rank(id) ? best : id), undefined);
    current = next === undefined ? undefined : byId.get(next);
  }
  const taken = new Map<number, number>();
  const columns = new Map<NodeId, number>();
  for (const node of nodes) {
    if (spine.has(node.id)) columns.set(node.id, 0);
    else {
      const column = (taken.get(rank(node.id)) ?? 0) + 1;
      taken.set(rank(node.id), column);
      columns.set(node.id, column);
    }
  }
  return columns;
}

/** Top of each rank: closer inside a block, with room for its head where one begins. */
function topsOf(nodes: readonly ViewNode[], ranks: ReadonlyMap<NodeId, number>): readonly number[] {
  const blocks: (string | null)[] = [];
  for (const node of nodes) {
    const rank = ranks.get(node.id) ?? 0;
    blocks[rank] ??= node.block;
  }
  const tops: number[] = [];
  let y = TOP;
  blocks.forEach((block, rank) => {
    const before = rank > 0 ? blocks[rank - 1] : null;
    if (rank > 0) {
      const same = block !== null && block === before;
      y += NODE_HEIGHT + (same ? INNER_GAP : GAP);
      if (!same && before !== null) y += BLOCK_FOOT;
      if (!same && block !== null) y += BLOCK_HEAD;
    } else if (block !== null) y += BLOCK_HEAD;
    tops.push(y);
  });
  return tops;
}

function place(node: ViewNode, column: number, top: number): PlacedNode {
  const shape = node.kind === 'layer' ? 'layer' : node.inputs.length > 1 ? 'join' : 'step';
  const width = shape === 'join' ? JOIN_SIZE : shape === 'layer' ? (column === 0 ? LAYER_WIDTH : BRANCH_WIDTH) : column === 0 ? STEP_WIDTH : BRANCH_WIDTH;
  const height = shape === 'join' ? JOIN_SIZE : shape === 'layer' ? NODE_HEIGHT : STEP_HEIGHT;
  return { node, shape, x: centreX(column) - width / 2, y: top + (NODE_HEIGHT - height) / 2, width, height };
}

function edgeBetween(
  from: PlacedNode | undefined,
  to: PlacedNode,
  nodes: readonly PlacedNode[],
  ranks: ReadonlyMap<NodeId, number>,
  blockTops: ReadonlyMap<string, number>,
): readonly PlacedEdge[] {
  if (!from) return [];
  const start = [from.x + from.width / 2, from.y + from.height] as const;
  const end = [to.x + to.width / 2, to.y] as const;
  const edge = (points: PlacedEdge['points']): readonly PlacedEdge[] => [{ from: from.node.id, to: to.node.id, points }];
  const span = (ranks.get(to.node.id) ?? 0) - (ranks.get(from.node.id) ?? 0);
  if (start[0] === end[0] && span === 1) return edge([start, end]);
  // Into a join from the side; into anything else from above.
  const side = to.shape === 'join' ? ([to.x + to.width, to.y + to.height / 2] as const) : null;
  const into = to.node.block !== null && to.node.block !== from.node.block ? blockTops.get(to.node.block) : undefined;
  const turn = into === undefined ? start[1] + 5 : into + BLOCK_TURN;
  if (start[0] !== end[0]) {
    if (side && start[0] > end[0]) return edge([start, [start[0], side[1]], side]);
    return edge([start, [start[0], turn], [end[0], turn], end]);
  }
  const between = nodes.filter((node) => node.y > from.y && node.y < to.y);
  const lane = between.reduce((most, node) => Math.max(most, node.x + node.width), start[0] + LAYER_WIDTH / 2) + EDGE_LANE;
  if (side) return edge([start, [start[0], turn], [lane, turn], [lane, side[1]], side]);
  return edge([start, [start[0], turn], [lane, turn], [lane, end[1] - 6], [end[0], end[1] - 6], end]);
}

/** The node under a place, topmost last drawn first. */
export function nodeAt(layout: GraphLayout, x: number, y: number): PlacedNode | null {
  for (let index = layout.nodes.length - 1; index >= 0; index--) {
    const node = layout.nodes[index];
    if (x >= node.x - 3 && x <= node.x + node.width + 3 && y >= node.y - 2 && y <= node.y + node.height + 2) return node;
  }
  return null;
}

/** The node that an arrow key leads to: along the edges up and down, to the neighbour of the same height sideways. */
export function neighbour(layout: GraphLayout, from: NodeId, key: string): NodeId | null {
  const placed = layout.byId.get(from);
  if (!placed) return layout.nodes[0]?.node.id ?? null;
  if (key === 'ArrowUp') return placed.node.inputs[0] ?? null;
  if (key === 'ArrowDown') return layout.edges.find((edge) => edge.from === from)?.to ?? null;
  const direction = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (direction === 0) return null;
  const aside = layout.nodes.filter((node) => Math.abs(node.y - placed.y) < NODE_HEIGHT && (node.x - placed.x) * direction > 0);
  return aside.sort((a, b) => Math.abs(a.x - placed.x) - Math.abs(b.x - placed.x))[0]?.node.id ?? null;
}
