import type { Box, Link } from './contract.ts';

/**
 * The level with every long line cut at the ranks it passes. Items below `boxCount` are boxes, the others points of
 * lines. All links of one box share a line as far as they go together: they carry the same value.
 */
export interface Segments {
  readonly boxCount: number;
  readonly itemCount: number;
  readonly rankCount: number;
  readonly rank: Int32Array;
  /** Pieces from one rank to the next. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Distance from the left side of the item to the line. */
  readonly fromOffset: readonly number[];
  readonly toOffset: readonly number[];
  /** Of every link its pieces in turn; none where the line is led around the level. */
  readonly pieces: readonly (readonly number[])[];
}

/** More points than this cost more time than straight lines are worth: the longest lines are then led around. */
const MOST_POINTS = 60_000;

export function cutLinks(boxes: readonly Box[], width: Float64Array, links: readonly Link[], rank: Int32Array): Segments {
  const bySource = new Map<string, number[]>();
  links.forEach(({ from, fromPort }, index) => {
    const key = `${from} ${fromPort ?? ''}`;
    const present = bySource.get(key);
    if (present) present.push(index);
    else bySource.set(key, [index]);
  });
  const longest = longestAllowed([...bySource.values()].map((group) => Math.max(...group.map((link) => span(links[link], rank)))));
  const ranks: number[] = Array.from(rank);
  const [from, to, fromOffset, toOffset]: [number[], number[], number[], number[]] = [[], [], [], []];
  const pieces: number[][] = links.map(() => []);
  const add = (a: number, b: number, aOffset: number, bOffset: number): number => {
    fromOffset.push(aOffset);
    toOffset.push(bOffset);
    from.push(a);
    return to.push(b) - 1;
  };
  for (const group of bySource.values()) {
    // Points of the shared line, one a rank below its source, and the pieces that lead to them.
    const chain: number[] = [];
    const chainPieces: number[] = [];
    for (const link of group) {
      const { from: source, to: target, fromPort, toPort } = links[link];
      const distance = rank[target] - rank[source];
      if (distance > longest) continue;
      const startOffset = fromPort ?? width[source] / 2;
      while (chain.length < distance - 1) {
        const point = ranks.push(rank[source] + chain.length + 1) - 1;
        const before = chain.length > 0 ? chain[chain.length - 1] : source;
        chainPieces.push(add(before, point, chain.length > 0 ? 0 : startOffset, 0));
        chain.push(point);
      }
      const before = distance > 1 ? chain[distance - 2] : source;
      const lastPiece = add(before, target, distance > 1 ? 0 : startOffset, toPort ?? width[target] / 2);
      pieces[link] = [...chainPieces.slice(0, distance - 1), lastPiece];
    }
  }
  const rankCount = rank.reduce((most, value) => Math.max(most, value + 1), 0);
  return { boxCount: boxes.length, itemCount: ranks.length, rankCount, rank: Int32Array.from(ranks), from, to, fromOffset, toOffset, pieces };
}

const span = ({ from, to }: Link, rank: Int32Array): number => rank[to] - rank[from];

/** The span up to which lines may be cut so that the points stay within bounds. */
function longestAllowed(spans: readonly number[]): number {
  let points = 0;
  for (const value of spans.toSorted((a, b) => a - b)) {
    points += value - 1;
    if (points > MOST_POINTS) return value - 1;
  }
  return Number.POSITIVE_INFINITY;
}
