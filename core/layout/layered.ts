import { StudioError } from '../base/errors.ts';
import type { Box, LayoutNode, LayoutRequest, LayoutResult, Link, PlacedLevel, Route } from './contract.ts';
import { placeLevel } from './level.ts';

const MARGIN = 14;
/** Inside a frame: its name stands above, lines come in at the top and leave at the bottom. */
const FRAME_SIDE = 16;
const FRAME_HEAD = 18;
const FRAME_FOOT = 0;
/** Narrowest frame: its name, the way round and its value side by side. */
const FRAME_WIDTH = 284;
const FRAME_ROOM = 66;
const NEARLY = 0.8;

/** A group as it stands: its members, and where lines pass its frame. */
interface Frame {
  readonly members: readonly number[];
  readonly level: PlacedLevel;
  readonly boxOf: ReadonlyMap<number, number>;
  readonly width: number;
  readonly height: number;
  /** By the node that a line comes from: distance of the line from the left side of the frame. */
  readonly entries: ReadonlyMap<number, number>;
  readonly exits: ReadonlyMap<number, number>;
  /** Lines inside: "from to", where an end outside is written as −1 − its node. */
  readonly routes: ReadonlyMap<string, Route>;
}

interface Edge {
  readonly from: number;
  readonly to: number;
}

/**
 * Layers from top to bottom, main path straight down on the left, groups in frames of their own. The same request gives
 * the same places. Groups that are wired alike are placed once.
 */
export function layoutLayers(request: LayoutRequest): LayoutResult {
  const { nodes, groupCount } = request;
  const edges = readEdges(request);
  const frames = alignWidths(placeGroups(nodes, edges, groupCount));
  // Boxes of the outer level, in topological order: a group stands where its first member stood.
  const outerOf = new Int32Array(nodes.length).fill(-1);
  const boxes: Box[] = [];
  const boxOfGroup = new Int32Array(groupCount).fill(-1);
  nodes.forEach((node, index) => {
    if (node.group < 0) outerOf[index] = boxes.push(boxOf(node)) - 1;
    else {
      const { width, height } = frames[node.group];
      if (boxOfGroup[node.group] < 0) boxOfGroup[node.group] = boxes.push({ width, narrowWidth: width, height, round: false, pin: 'none' }) - 1;
      outerOf[index] = boxOfGroup[node.group];
    }
  });
  const links: Link[] = [];
  const linkOf = new Map<string, number>();
  const keyOf = ({ from, to }: Edge): string => `${from} ${outerOf[to]}`;
  for (const edge of edges) {
    const [from, to] = [outerOf[edge.from], outerOf[edge.to]];
    if (from === to || linkOf.has(keyOf(edge))) continue;
    if (from > to) throw new StudioError('A group of the drawing is torn apart.', { where: `node ${edge.to}`, next: 'Open the network again; if it stays, report the file.' });
    linkOf.set(keyOf(edge), links.length);
    links.push({ from, to, fromPort: portOf(frames, nodes, edge.from, edge.from, 'exits'), toPort: portOf(frames, nodes, edge.to, edge.from, 'entries') });
  }
  const outer = placeLevel(boxes, links);
  return assemble(nodes, edges, frames, outer, (index) => outerOf[index], boxOfGroup, (edge) => outer.routes[linkOf.get(keyOf(edge)) ?? -1] ?? null);
}

function readEdges({ nodes, edges }: LayoutRequest): readonly Edge[] {
  return Array.from({ length: edges.length / 2 }, (_, index) => {
    const [from, to] = [edges[2 * index], edges[2 * index + 1]];
    if (from < to && to < nodes.length) return { from, to };
    throw new StudioError('A line of the drawing leads back.', { where: `from node ${from} to node ${to}`, next: 'Open the network again; if it stays, report the file.' });
  });
}

const boxOf = ({ width, narrowWidth, height, round }: LayoutNode): Box => ({ width, narrowWidth, height, round, pin: 'none' });

function portOf(frames: readonly Frame[], nodes: readonly LayoutNode[], node: number, source: number, side: 'entries' | 'exits'): number | null {
  return nodes[node].group < 0 ? null : (frames[nodes[node].group][side].get(source) ?? null);
}

function placeGroups(nodes: readonly LayoutNode[], edges: readonly Edge[], groupCount: number): readonly Frame[] {
  const members: number[][] = Array.from({ length: groupCount }, () => []);
  nodes.forEach((node, index) => node.group >= 0 && members[node.group].push(index));
  const touching: Edge[][] = Array.from({ length: groupCount }, () => []);
  for (const edge of edges) {
    const [from, to] = [nodes[edge.from].group, nodes[edge.to].group];
    if (from >= 0) touching[from].push(edge);
    if (to >= 0 && to !== from) touching[to].push(edge);
  }
  const known = new Map<string, PlacedLevel>();
  return members.map((own, group) => placeFrame(nodes, own, touching[group], known));
}

/** Frames that are nearly as wide as the widest are as wide: one column has one edge. */
function alignWidths(frames: readonly Frame[]): readonly Frame[] {
  const widest = frames.reduce((most, frame) => Math.max(most, frame.width), 0);
  return frames.map((frame) => (frame.width >= NEARLY * widest ? { ...frame, width: widest } : frame));
}

function placeFrame(nodes: readonly LayoutNode[], members: readonly number[], edges: readonly Edge[], known: Map<string, PlacedLevel>): Frame {
  const inside = new Set(members);
  const sources = [...new Set(edges.flatMap(({ from }) => (inside.has(from) ? [] : [from])))];
  const leaving = [...new Set(edges.flatMap(({ from, to }) => (inside.has(to) ? [] : [from])))];
  const port = (pin: 'top' | 'bottom'): Box => ({ width: 1, narrowWidth: 1, height: 0, round: false, pin });
  const boxes = [...sources.map(() => port('top')), ...members.map((index) => boxOf(nodes[index])), ...leaving.map(() => port('bottom'))];
  const box = new Map(members.map((index, place) => [index, sources.length + place]));
  const entry = new Map(sources.map((source, place) => [source, place]));
  const exit = new Map(leaving.map((node, place) => [node, sources.length + members.length + place]));
  const links: Link[] = [];
  const keys: string[] = [];
  const seen = new Set<string>();
  for (const { from, to } of edges) {
    const [a, b] = [box.get(from) ?? entry.get(from) ?? 0, box.get(to) ?? exit.get(from) ?? 0];
    if (seen.has(`${a} ${b}`)) continue;
    seen.add(`${a} ${b}`);
    keys.push(routeKey(inside.has(from) ? from : null, inside.has(to) ? to : null, from));
    links.push({ from: a, to: b, fromPort: null, toPort: null });
  }
  const signature = `${boxes.map((item) => `${item.width},${item.narrowWidth},${item.height},${item.round},${item.pin}`).join(';')}|${links.map((link) => `${link.from}-${link.to}`).join(';')}`;
  let level = known.get(signature);
  if (!level) known.set(signature, (level = placeLevel(boxes, links)));
  const placed = level;
  const middle = (index: number): number => FRAME_SIDE + placed.x[index] + placed.width[index] / 2;
  return {
    members,
    level: placed,
    boxOf: box,
    width: Math.max(FRAME_WIDTH, placed.totalWidth + 2 * FRAME_SIDE, rightOfBends(placed) + FRAME_SIDE + FRAME_ROOM),
    height: placed.totalHeight + FRAME_HEAD + FRAME_FOOT,
    entries: new Map(sources.map((source) => [source, middle(entry.get(source) ?? 0)])),
    exits: new Map(leaving.map((node) => [node, middle(exit.get(node) ?? 0)])),
    routes: new Map(keys.map((key, index) => [key, placed.routes[index]])),
  };
}

/** Right end of the lines that part at the top, beside which the value of the frame is written. */
function rightOfBends({ routes }: PlacedLevel): number {
  return routes.reduce((right, route) => (route.length > 4 && route[1] < 4 ? Math.max(right, route[4]) : right), 0);
}

const routeKey = (from: number | null, to: number | null, source: number): string => `${from ?? -1 - source} ${to ?? 'out'}`;

function assemble(
  nodes: readonly LayoutNode[],
  edges: readonly Edge[],
  frames: readonly Frame[],
  outer: PlacedLevel,
  outerOf: (node: number) => number,
  boxOfGroup: Int32Array,
  between: (edge: Edge) => Route | null,
): LayoutResult {
  const count = nodes.length;
  const [x, y, width, height] = [new Float32Array(count), new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  const left = (group: number): number => MARGIN + outer.x[boxOfGroup[group]];
  const top = (group: number): number => MARGIN + outer.y[boxOfGroup[group]];
  nodes.forEach((node, index) => {
    const frame = node.group < 0 ? null : frames[node.group];
    const level = frame?.level ?? outer;
    const own = frame ? (frame.boxOf.get(index) ?? 0) : outerOf(index);
    x[index] = level.x[own] + (frame ? left(node.group) + FRAME_SIDE : MARGIN);
    y[index] = level.y[own] + (frame ? top(node.group) + FRAME_HEAD : MARGIN);
    width[index] = level.width[own];
    height[index] = node.height;
  });
  const points: number[] = [];
  const routeStart = new Uint32Array(edges.length + 1);
  const append = (route: Route | null | undefined, dx: number, dy: number): void => {
    for (let index = 0; route && index < route.length; index += 2) points.push(route[index] + dx, route[index + 1] + dy);
  };
  edges.forEach((edge, index) => {
    const first = points.length;
    const [a, b] = [nodes[edge.from].group, nodes[edge.to].group];
    const appendInside = (group: number, from: number | null, to: number | null): void =>
      append(frames[group].routes.get(routeKey(from, to, edge.from)), left(group) + FRAME_SIDE, top(group) + FRAME_HEAD);
    if (a >= 0 && a === b) appendInside(a, edge.from, edge.to);
    else {
      if (a >= 0) appendInside(a, edge.from, null);
      append(between(edge), MARGIN, MARGIN);
      if (b >= 0) appendInside(b, null, edge.to);
    }
    straighten(points, first);
    routeStart[index + 1] = points.length / 2;
  });
  return {
    x, y, width, height, routeStart,
    frames: Float32Array.from(frames.flatMap((frame, group) => [left(group), top(group), frame.width, frame.height])),
    routePoints: Float32Array.from(points),
    totalWidth: outer.totalWidth + 2 * MARGIN,
    totalHeight: outer.totalHeight + 2 * MARGIN,
  };
}

/** Drops corners that are none: on a straight line between their neighbours, or the same place twice. */
function straighten(points: number[], first: number): void {
  let kept = first;
  for (let index = first; index < points.length; index += 2) {
    const [px, py] = [points[index], points[index + 1]];
    const same = (offset: number, axis: 0 | 1): boolean => Math.abs(points[kept - offset + axis] - (axis === 0 ? px : py)) < 0.25;
    if (kept > first && same(2, 0) && same(2, 1)) continue;
    while (kept - first >= 4 && ((same(2, 0) && same(4, 0)) || (same(2, 1) && same(4, 1)))) kept -= 2;
    points[kept] = px;
    points[kept + 1] = py;
    kept += 2;
  }
  points.length = kept;
}
