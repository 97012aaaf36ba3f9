import type { NodeId } from '../../../core/graph/graph.ts';
import type { ViewBlock, ViewNode } from './view-graph.ts';

/** A region of the graph that is shown as one thing. */
type Region = readonly ViewNode[];

/**
 * Blocks of a network: where branches part and join again, and what follows one another in the same pattern. Nodes in
 * topological order; a region holds everything between its ends, so that the graph of the regions has no cycle.
 */
export function findBlocks(nodes: readonly ViewNode[]): readonly ViewBlock[] {
  const joined = joinRegions(nodes);
  const grouped = new Map(joined.flatMap((region) => region.map((node) => [node.id, region] as const)));
  const regions = [...joined, ...repeatedRegions(gather(nodes, grouped), grouped)];
  const position = new Map(nodes.map((node, index) => [node.id, index]));
  const place = (region: Region): number => position.get(region[0].id) ?? 0;
  const taken = new Set<string>();
  return regions.sort((a, b) => place(a) - place(b)).map((region, index) => {
    const names = region.filter((node) => !isJoin(node)).map((node) => node.id);
    const named = namePrefix(names).replace(/[./_:]+$/, '');
    const label = named !== '' && !taken.has(named) ? named : `Block ${index + 1}`;
    taken.add(label);
    return { id: `block:${region[region.length - 1].id}`, label, nodes: region.map((node) => node.id), pattern: patternOf(region) };
  });
}

export function isJoin(node: ViewNode): boolean {
  return node.inputs.length > 1;
}

/**
 * A join with everything back to where its branches parted. Walking back from the join, latest node first, the branches
 * have met when one node is left.
 */
function joinRegions(nodes: readonly ViewNode[]): readonly Region[] {
  const position = new Map(nodes.map((node, index) => [node.id, index]));
  const at = (id: NodeId): number => position.get(id) ?? -1;
  const taken = new Set<NodeId>();
  const regions: Region[] = [];
  for (const join of nodes) {
    if (!isJoin(join)) continue;
    const frontier = new Set(join.inputs);
    const inside: ViewNode[] = [join];
    let isFree = true;
    while (frontier.size > 1 && isFree) {
      const latest = [...frontier].reduce((a, b) => (at(a) > at(b) ? a : b));
      frontier.delete(latest);
      const node = nodes[at(latest)];
      isFree = node !== undefined && node.kind !== 'input' && !taken.has(latest);
      if (!isFree) break;
      inside.push(node);
      for (const input of node.inputs) frontier.add(input);
    }
    if (!isFree || frontier.size !== 1) continue;
    for (const node of inside) taken.add(node.id);
    regions.push(inside.reverse());
  }
  return regions;
}

const FEWEST_REPEATS = 3;
const LONGEST_PERIOD = 24;

/**
 * Runs of single nodes in which the same operators with the same wiring come again and again: inverted bottlenecks
 * without a sum, convolutions with their pools.
 */
function repeatedRegions(units: readonly (readonly ViewNode[])[], grouped: ReadonlyMap<NodeId, Region>): readonly Region[] {
  const unitOf = new Map(units.flatMap((unit, index) => unit.map((node) => [node.id, index] as const)));
  // What two places must share to be the same step of a pattern; null ends a run.
  const tokens = units.map((unit, index) => {
    const [node] = unit;
    if (grouped.has(node.id) || node.kind === 'input') return null;
    return `${operatorOf(node)} ${node.inputs.map((id) => index - (unitOf.get(id) ?? -1)).join(' ')}`;
  });
  const alike = matchLengths(tokens);
  const regions: Region[] = [];
  for (let start = 0; start < units.length; ) {
    const found = bestRun(units, alike, start);
    if (!found) {
      start++;
      continue;
    }
    for (let repeat = 0; repeat < found.repeats; repeat++) {
      const first = found.start + repeat * found.period;
      regions.push(units.slice(first, first + found.period).flat());
    }
    start = found.start + found.repeats * found.period;
  }
  return regions;
}

/** Of each period and place: how many tokens from there on equal those a period later. */
function matchLengths(tokens: readonly (string | null)[]): readonly Int32Array[] {
  return Array.from({ length: LONGEST_PERIOD + 1 }, (_, period) => {
    const lengths = new Int32Array(tokens.length + 1);
    for (let index = tokens.length - period - 1; period > 0 && index >= 0; index--) {
      lengths[index] = tokens[index] !== null && tokens[index] === tokens[index + period] ? lengths[index + 1] + 1 : 0;
    }
    return lengths;
  });
}

interface Run {
  readonly start: number;
  readonly period: number;
  readonly repeats: number;
}

/** The run from a place on that covers most with the shortest pattern; it may begin later where as many repeats have names that fit better. */
function bestRun(units: readonly (readonly ViewNode[])[], alike: readonly Int32Array[], start: number): Run | null {
  const repeatsAt = (place: number, period: number): number => (alike[period][place] === 0 ? 0 : Math.floor(alike[period][place] / period) + 1);
  // One operator again and again is a list, not a pattern.
  if (alike[1][start] >= LONGEST_PERIOD) return null;
  let best: Run | null = null;
  for (let period = 2; period <= LONGEST_PERIOD; period++) {
    if (alike[1][start] >= period - 1) continue;
    const repeats = repeatsAt(start, period);
    if (repeats >= FEWEST_REPEATS && repeats * period > (best ? best.repeats * best.period : 0)) best = { start, period, repeats };
  }
  if (!best) return null;
  const { period, repeats } = best;
  let [chosen, most] = [best, namesAgree(units, best)];
  for (let shift = 1; shift < period; shift++) {
    const shifted = { start: start + shift, period, repeats: repeatsAt(start + shift, period) };
    const agree = shifted.repeats === repeats ? namesAgree(units, shifted) : 0;
    if (agree > most) [chosen, most] = [shifted, agree];
  }
  return chosen;
}

/** In how many repeats the first numbers of all names are the same: "block_3_expand", "block_3_project". */
function namesAgree(units: readonly (readonly ViewNode[])[], { start, period, repeats }: Run): number {
  let count = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const numbers = units.slice(start + repeat * period, start + (repeat + 1) * period).map(([node]) => /(?:^|[._/-])(\d+)/.exec(node.id)?.[1]);
    if (numbers[0] !== undefined && numbers.every((number) => number === numbers[0])) count++;
  }
  return count;
}

const operatorOf = ({ sourceOp, op, kernel }: ViewNode): string => `${sourceOp ?? op} ${kernel}`;

/** Operators and wiring as text: blocks with the same one are alike. What comes from outside is told apart by order only. */
function patternOf(region: Region): string {
  const inside = new Map(region.map((node, index) => [node.id, index]));
  return region.map((node) => `${operatorOf(node)}(${node.inputs.map((id) => inside.get(id) ?? 'in').join(',')})`).join(' ');
}

/** Longest common beginning that ends at a separator; empty when there is none or only one name. */
export function namePrefix(names: readonly string[]): string {
  if (names.length < 2) return '';
  let common = names[0];
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const end = Math.max(common.lastIndexOf('.'), common.lastIndexOf('/'));
  return end > 0 ? common.slice(0, end + 1) : '';
}

/** The nodes with every group moved to where its first one stands; a single node is a group of its own. */
export function gather<G>(nodes: readonly ViewNode[], groupOf: ReadonlyMap<NodeId, G>): readonly (readonly ViewNode[])[] {
  const members = new Map<G, ViewNode[]>();
  const units: ViewNode[][] = [];
  for (const node of nodes) {
    const group = groupOf.get(node.id);
    const present = group === undefined ? undefined : members.get(group);
    if (present) present.push(node);
    else {
      const unit = [node];
      units.push(unit);
      if (group !== undefined) members.set(group, unit);
    }
  }
  return units;
}
