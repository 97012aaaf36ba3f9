import type { Segments } from './segments.ts';

/** Sweeps without a gain after which the order is left as it is, and the most in all. */
const PATIENCE = 2;
const MOST_SWEEPS = 12;

/** Items of every rank from left to right. */
export type Order = readonly Int32Array[];

/** Items in the order they came, the main path first. */
export function initialOrder(segments: Segments, onPath: Uint8Array): Order {
  const ranks: number[][] = Array.from({ length: segments.rankCount }, () => []);
  for (let item = 0; item < segments.itemCount; item++) ranks[segments.rank[item]].push(item);
  const first = (item: number): number => (item < segments.boxCount && onPath[item] ? 0 : 1);
  return ranks.map((items) => Int32Array.from(items.sort((a, b) => first(a) - first(b))));
}

interface Neighbours {
  readonly start: Uint32Array;
  readonly list: Uint32Array;
}

function neighbours(count: number, own: readonly number[], other: readonly number[]): Neighbours {
  const start = new Uint32Array(count + 1);
  for (const item of own) start[item + 1]++;
  for (let index = 0; index < count; index++) start[index + 1] += start[index];
  const next = start.slice(0, count);
  const list = new Uint32Array(own.length);
  own.forEach((item, index) => (list[next[item]++] = other[index]));
  return { start, list };
}

/**
 * Fewer crossings: each rank is sorted by the medians of its neighbours in the rank before, down and up in turn, and the
 * best order seen is kept (Gansner et al., "A technique for drawing directed graphs", 1993, §3). Deterministic.
 */
export function reduceCrossings(segments: Segments, start: Order): Order {
  const up = neighbours(segments.itemCount, segments.to, segments.from);
  const down = neighbours(segments.itemCount, segments.from, segments.to);
  const order = start.map((items) => items.slice());
  const position = new Int32Array(segments.itemCount);
  for (const items of order) items.forEach((item, index) => (position[item] = index));
  let best = start;
  let fewest = countAt(down, order, position);
  for (let sweep = 0, idle = 0; sweep < MOST_SWEEPS && idle < PATIENCE && fewest > 0; sweep++) {
    const isDown = sweep % 2 === 0;
    for (let step = 1; step < order.length; step++) sortRank(order[isDown ? step : order.length - 1 - step], isDown ? up : down, position);
    exchange(order, up, down, position);
    const crossings = countAt(down, order, position);
    idle++;
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = order.map((items) => items.slice());
    idle = 0;
  }
  return best;
}

/** Items without neighbours keep their place; the others are sorted among themselves, equal ones as they stood. */
function sortRank(items: Int32Array, { start, list }: Neighbours, position: Int32Array): void {
  if (items.length < 2) return;
  const keys = new Map<number, number>();
  for (const item of items) {
    const places = Array.from(list.subarray(start[item], start[item + 1]), (other) => position[other]).sort((a, b) => a - b);
    if (places.length > 0) keys.set(item, median(places));
  }
  const sorted = Array.from(items.filter((item) => keys.has(item))).sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
  let next = 0;
  for (let index = 0; index < items.length; index++) if (keys.has(items[index])) items[index] = sorted[next++];
  items.forEach((item, index) => (position[item] = index));
}

/** Between two middle places the one on the denser side weighs more. */
function median(places: readonly number[]): number {
  const middle = places.length >> 1;
  if (places.length % 2 === 1) return places[middle];
  if (places.length === 2) return (places[0] + places[1]) / 2;
  const left = places[middle - 1] - places[0];
  const right = places[places.length - 1] - places[middle];
  return left + right === 0 ? (places[middle - 1] + places[middle]) / 2 : (places[middle - 1] * right + places[middle] * left) / (left + right);
}

/** Wider ranks than this are left to the medians. */
const MOST_TO_EXCHANGE = 64;

/** Neighbours change places where that takes crossings away. */
function exchange(order: readonly Int32Array[], up: Neighbours, down: Neighbours, position: Int32Array): void {
  for (const items of order) {
    if (items.length > MOST_TO_EXCHANGE) continue;
    for (let index = 0; index + 1 < items.length; index++) {
      const [a, b] = [items[index], items[index + 1]];
      const now = pairCrossings(a, b, up, position) + pairCrossings(a, b, down, position);
      if (now === 0 || pairCrossings(b, a, up, position) + pairCrossings(b, a, down, position) >= now) continue;
      items[index] = b;
      items[index + 1] = a;
      position[b] = index;
      position[a] = index + 1;
    }
  }
}

/** Crossings of the lines of two items while `left` stands left of `right`. */
function pairCrossings(left: number, right: number, { start, list }: Neighbours, position: Int32Array): number {
  let crossings = 0;
  for (let a = start[left]; a < start[left + 1]; a++) {
    for (let b = start[right]; b < start[right + 1]; b++) if (position[list[a]] > position[list[b]]) crossings++;
  }
  return crossings;
}

export function countCrossings(segments: Segments, order: Order): number {
  const position = new Int32Array(segments.itemCount);
  for (const items of order) items.forEach((item, index) => (position[item] = index));
  return countAt(neighbours(segments.itemCount, segments.from, segments.to), order, position);
}

/** Inversions between the ends of all lines, with a binary indexed tree (Barth, Jünger, Mutzel, 2002). */
function countAt({ start, list }: Neighbours, order: Order, position: Int32Array): number {
  let crossings = 0;
  for (let rank = 0; rank + 1 < order.length; rank++) {
    const size = order[rank + 1].length;
    if (size < 2 || order[rank].length < 2) continue;
    const tree = new Int32Array(size + 1);
    let seen = 0;
    for (const item of order[rank]) {
      const ends = Array.from(list.subarray(start[item], start[item + 1]), (other) => position[other]).sort((a, b) => b - a);
      // All that ended further right before crosses this line; lines of one item do not cross each other.
      for (const end of ends) {
        let notRight = 0;
        for (let index = end + 1; index > 0; index -= index & -index) notRight += tree[index];
        crossings += seen - notRight;
      }
      for (const end of ends) for (let index = end + 1; index <= size; index += index & -index) tree[index]++;
      seen += ends.length;
    }
  }
  return crossings;
}
