import type { Order } from './order.ts';
import type { Segments } from './segments.ts';

/** Between boxes side by side, and between lines. */
const BOX_GAP = 12;
const LINE_GAP = 9;
const RELAX_SWEEPS = 4;

/** Items that stand exactly under one another, so that the line through them is straight. */
interface Chains {
  /** Of every item its chain and how far its left side is from the chain's. */
  readonly chain: Int32Array;
  readonly shift: Float64Array;
  readonly members: readonly (readonly number[])[];
  readonly main: number;
}

/**
 * x of every item. As in Brandes and Köpf ("Fast and simple horizontal coordinate assignment", 2002) lines that do not
 * cross are made straight, the main path first, then long lines; the straight columns are pushed together to the left
 * and then drawn towards what they are connected with, as far as there is room. The main path stays where it is.
 */
export function assignColumns(segments: Segments, order: Order, width: Float64Array, onPath: Uint8Array): Float64Array {
  const chains = alignItems(segments, order, onPath);
  const isLine = (item: number): boolean => item >= segments.boxCount;
  const gap = (a: number, b: number): number => (isLine(a) || isLine(b) ? LINE_GAP : BOX_GAP);
  const wide = (item: number): number => (isLine(item) ? 0 : width[item]);
  const left = new Int32Array(segments.itemCount).fill(-1);
  const right = new Int32Array(segments.itemCount).fill(-1);
  for (const items of order) {
    for (let index = 1; index < items.length; index++) {
      left[items[index]] = items[index - 1];
      right[items[index - 1]] = items[index];
    }
  }
  const { chain, shift, members } = chains;
  const at = new Float64Array(members.length).fill(Number.NaN);
  for (const first of sortedChains(chains, left, right)) {
    let place = 0;
    for (const item of members[first]) {
      const beside = left[item];
      if (beside >= 0) place = Math.max(place, at[chain[beside]] + shift[beside] + wide(beside) + gap(beside, item) - shift[item]);
    }
    at[first] = place;
  }
  relax(segments, chains, at, (item) => {
    const [before, after] = [left[item], right[item]];
    const low = before < 0 ? Number.NEGATIVE_INFINITY : at[chain[before]] + shift[before] + wide(before) + gap(before, item) - shift[item];
    const high = after < 0 ? Number.POSITIVE_INFINITY : at[chain[after]] + shift[after] - gap(item, after) - wide(item) - shift[item];
    return [low, high];
  });
  return Float64Array.from({ length: segments.itemCount }, (_, item) => at[chain[item]] + shift[item]);
}

function alignItems(segments: Segments, order: Order, onPath: Uint8Array): Chains {
  const { from, to, fromOffset, toOffset, boxCount, itemCount, rank } = segments;
  const position = new Int32Array(itemCount);
  for (const items of order) items.forEach((item, index) => (position[item] = index));
  const above = new Int32Array(itemCount).fill(-1);
  const below = new Int32Array(itemCount).fill(-1);
  const isMain = (item: number): boolean => item < boxCount && onPath[item] === 1;
  const weight = (piece: number): number => {
    const [a, b] = [from[piece], to[piece]];
    if (isMain(a) && isMain(b)) return 0;
    if (a >= boxCount && b >= boxCount) return 1;
    return isMain(a) || isMain(b) ? 3 : 2;
  };
  const pieces = from.map((_, piece) => piece).sort((a, b) => weight(a) - weight(b) || position[from[a]] + position[to[a]] - position[from[b]] - position[to[b]]);
  const lower = new Int32Array(itemCount).fill(-1);
  for (const piece of pieces) {
    const [a, b] = [from[piece], to[piece]];
    if (below[a] >= 0 || above[b] >= 0 || crosses(order[rank[a]], lower, position, a, position[b])) continue;
    below[a] = piece;
    above[b] = piece;
    lower[a] = position[b];
  }
  const chain = new Int32Array(itemCount).fill(-1);
  const shift = new Float64Array(itemCount);
  const members: number[][] = [];
  let main = -1;
  for (const items of order) {
    for (const first of items) {
      if (above[first] >= 0) continue;
      const column: number[] = [];
      for (let item = first; ; item = to[below[item]]) {
        column.push(item);
        chain[item] = members.length;
        if (main < 0 && isMain(item)) main = members.length;
        if (below[item] < 0) break;
        shift[to[below[item]]] = shift[item] + fromOffset[below[item]] - toOffset[below[item]];
      }
      const least = column.reduce((low, item) => Math.min(low, shift[item]), 0);
      for (const item of column) shift[item] -= least;
      members.push(column);
    }
  }
  return { chain, shift, members, main };
}

/** Whether a straight line from `item` to a place in the next rank would cross one that is already straight. */
function crosses(items: Int32Array, lower: Int32Array, position: Int32Array, item: number, target: number): boolean {
  for (let index = position[item] - 1; index >= 0; index--) {
    if (lower[items[index]] < 0) continue;
    if (lower[items[index]] > target) return true;
    break;
  }
  for (let index = position[item] + 1; index < items.length; index++) {
    if (lower[items[index]] >= 0) return lower[items[index]] < target;
  }
  return false;
}

/** Chains so that each comes after all that stand left of it. Straight lines do not cross, so there is such an order. */
function sortedChains({ chain, members }: Chains, left: Int32Array, right: Int32Array): readonly number[] {
  const waiting = members.map((column) => column.filter((item) => left[item] >= 0).length);
  const ready = members.flatMap((_, index) => (waiting[index] === 0 ? [index] : []));
  for (let next = 0; next < ready.length; next++) {
    for (const item of members[ready[next]]) {
      if (right[item] >= 0 && --waiting[chain[right[item]]] === 0) ready.push(chain[right[item]]);
    }
  }
  return ready;
}

function relax(segments: Segments, { chain, shift, members, main }: Chains, at: Float64Array, room: (item: number) => readonly [number, number]): void {
  const { from, to, fromOffset, toOffset } = segments;
  const sum = new Float64Array(members.length);
  const count = new Float64Array(members.length);
  const byPlace = members.map((_, index) => index);
  for (let sweep = 0; sweep < RELAX_SWEEPS; sweep++) {
    sum.fill(0);
    count.fill(0);
    for (let piece = 0; piece < from.length; piece++) {
      const [a, b] = [chain[from[piece]], chain[to[piece]]];
      if (a === b) continue;
      const difference = at[b] + shift[to[piece]] + toOffset[piece] - at[a] - shift[from[piece]] - fromOffset[piece];
      sum[a] += difference;
      sum[b] -= difference;
      count[a]++;
      count[b]++;
    }
    // From the right when the columns spread, from the left when they come back: each finds the room the last one left.
    byPlace.sort((a, b) => (sweep % 2 === 0 ? at[b] - at[a] : at[a] - at[b]) || a - b);
    for (const column of byPlace) {
      if (column === main || count[column] === 0) continue;
      const wanted = at[column] + sum[column] / count[column];
      let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (const item of members[column]) {
        const [least, most] = room(item);
        low = Math.max(low, least);
        high = Math.min(high, most);
      }
      at[column] = Math.round(Math.max(low, Math.min(high, wanted)));
    }
  }
}
