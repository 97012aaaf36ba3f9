import type { Box, Link } from './contract.ts';

/** Neighbours of every box, as slices of one list. */
export interface Adjacency {
  readonly start: Uint32Array;
  readonly list: Uint32Array;
}

/** Links by their lower end (`up`: the sources of a box) or upper end (`down`), in the order given. */
export function adjacency(count: number, pairs: readonly Pick<Link, 'from' | 'to'>[], direction: 'up' | 'down'): Adjacency {
  const [own, other] = direction === 'up' ? (['to', 'from'] as const) : (['from', 'to'] as const);
  const start = new Uint32Array(count + 1);
  for (const pair of pairs) start[pair[own] + 1]++;
  for (let index = 0; index < count; index++) start[index + 1] += start[index];
  const next = start.slice(0, count);
  const list = new Uint32Array(pairs.length);
  for (const pair of pairs) list[next[pair[own]]++] = pair[other];
  return { start, list };
}

/**
 * Longest way from a source, so that every link leads down. What has more readers than inputs moves down to them:
 * fewer long lines. Boxes pinned to the top or bottom stand there alone.
 */
export function assignRanks(boxes: readonly Box[], up: Adjacency, down: Adjacency): Int32Array {
  const ranks = new Int32Array(boxes.length);
  const first = boxes.some((box) => box.pin === 'top') ? 1 : 0;
  let last = first;
  for (let box = 0; box < boxes.length; box++) {
    if (boxes[box].pin === 'top') continue;
    let rank = first;
    for (let index = up.start[box]; index < up.start[box + 1]; index++) rank = Math.max(rank, ranks[up.list[index]] + 1);
    ranks[box] = rank;
    if (boxes[box].pin === 'none') last = Math.max(last, rank);
  }
  for (let box = boxes.length - 1; box >= 0; box--) {
    if (boxes[box].pin === 'bottom') ranks[box] = last + 1;
    const [inputs, readers] = [up.start[box + 1] - up.start[box], down.start[box + 1] - down.start[box]];
    if (boxes[box].pin !== 'none' || readers <= inputs) continue;
    let rank = Number.MAX_SAFE_INTEGER;
    for (let index = down.start[box]; index < down.start[box + 1]; index++) rank = Math.min(rank, ranks[down.list[index]] - 1);
    ranks[box] = Math.max(ranks[box], rank);
  }
  return ranks;
}

/** The longest way through the level: 1 for the boxes on it. Of equally long ways the one through first inputs. */
export function mainPath(boxes: readonly Box[], up: Adjacency): Uint8Array {
  const length = new Int32Array(boxes.length);
  const before = new Int32Array(boxes.length).fill(-1);
  let end = -1;
  for (let box = 0; box < boxes.length; box++) {
    for (let index = up.start[box]; index < up.start[box + 1]; index++) {
      const source = up.list[index];
      if (length[source] + 1 > length[box]) {
        length[box] = length[source] + 1;
        before[box] = source;
      }
    }
    if (end < 0 || length[box] > length[end]) end = box;
  }
  const onPath = new Uint8Array(boxes.length);
  for (; end >= 0; end = before[end]) onPath[end] = 1;
  return onPath;
}
