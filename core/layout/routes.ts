import type { Box, Route } from './contract.ts';
import type { Order } from './order.ts';
import type { Segments } from './segments.ts';

/** Between two ranks without a bend, before the first bend and after the last one, and between bends. */
const RANK_GAP = 11;
const BEND_ABOVE = 7;
const BEND_BELOW = 10;
const BEND_PITCH = 6;
/** More bends than this share their heights. */
const MOST_TRACKS = 24;
/** Lines nearer than this are one line. */
const SAME = 0.5;
/** From a line that is led around the level to the level, and to the next of them. */
const AROUND = 14;
const MOST_LANES = 12;

/** Where the pieces of a rank's gap bend, counted from above. */
interface Gap {
  readonly height: number;
  readonly bendOf: ReadonlyMap<number, number>;
}

export interface Drawing {
  readonly y: Float64Array;
  readonly routes: readonly Route[];
  readonly right: number;
  readonly totalHeight: number;
}

/** Heights of the ranks, and lines that run down and across only. */
export function drawRoutes(segments: Segments, order: Order, boxes: readonly Box[], width: Float64Array, x: Float64Array, links: readonly { readonly from: number; readonly to: number }[]): Drawing {
  const { boxCount, rankCount, from, to, rank, pieces } = segments;
  const start = (piece: number): number => x[from[piece]] + segments.fromOffset[piece];
  const end = (piece: number): number => x[to[piece]] + segments.toOffset[piece];
  const aside = new Uint8Array(from.length);
  const byGap: number[][] = Array.from({ length: rankCount }, () => []);
  for (let piece = 0; piece < from.length; piece++) {
    if (Math.abs(start(piece) - end(piece)) <= SAME) continue;
    if (endsAside(piece)) aside[piece] = 1;
    else byGap[rank[from[piece]]].push(piece);
  }

  /** Into the side of a circle, where nothing stands between. */
  function endsAside(piece: number): boolean {
    const target = to[piece];
    if (target >= boxCount || !boxes[target].round) return false;
    const [low, high] = [Math.min(start(piece), x[target]), Math.max(start(piece), x[target] + width[target])];
    if (start(piece) > x[target] - 6 && start(piece) < x[target] + width[target] + 6) return false;
    return order[rank[target]].every((item) => item === target || x[item] > high + 4 || x[item] + (item < boxCount ? width[item] : 0) < low - 4);
  }

  const gaps = byGap.map((inGap) => tracks(inGap, from, start, end));
  const tops = new Float64Array(rankCount);
  const heights = new Float64Array(rankCount);
  for (let box = 0; box < boxCount; box++) heights[rank[box]] = Math.max(heights[rank[box]], boxes[box].height);
  for (let index = 1; index < rankCount; index++) tops[index] = tops[index - 1] + heights[index - 1] + gaps[index - 1].height;
  const y = Float64Array.from({ length: boxCount }, (_, box) => tops[rank[box]] + (boxes[box].pin === 'none' ? (heights[rank[box]] - boxes[box].height) / 2 : 0));
  let right = 0;
  for (let item = 0; item < segments.itemCount; item++) right = Math.max(right, x[item] + (item < boxCount ? width[item] : 1));

  let around = 0;
  const routes = links.map(({ from: source, to: target }, link): Route => {
    const bottom = y[source] + boxes[source].height;
    if (pieces[link].length === 0) {
      const lane = right + AROUND + (around++ % MOST_LANES) * BEND_PITCH;
      const [startX, endX] = [x[source] + width[source] / 2, x[target] + width[target] / 2];
      return [startX, bottom, startX, bottom + 5, lane, bottom + 5, lane, y[target] - 6, endX, y[target] - 6, endX, y[target]];
    }
    const route: number[] = [start(pieces[link][0]), bottom];
    for (const piece of pieces[link]) {
      if (aside[piece]) {
        const middle = y[target] + boxes[target].height / 2;
        const fromRight = start(piece) > x[target];
        route.push(start(piece), middle, fromRight ? x[target] + width[target] : x[target], middle);
        return route;
      }
      const bend = gaps[rank[from[piece]]].bendOf.get(piece);
      if (bend === undefined) continue;
      const height = tops[rank[from[piece]]] + heights[rank[from[piece]]] + bend;
      route.push(start(piece), height, end(piece), height);
    }
    route.push(end(pieces[link][pieces[link].length - 1]), y[target]);
    return route;
  });
  if (around > 0) right += AROUND + Math.min(around, MOST_LANES) * BEND_PITCH;
  return { y, routes, right, totalHeight: rankCount === 0 ? 0 : tops[rankCount - 1] + heights[rankCount - 1] };
}

/** All pieces that leave one place, as one line across. */
interface Wire {
  readonly pieces: number[];
  low: number;
  high: number;
  readonly source: number;
  track: number;
  /** Wires that end under the source of this one: it must turn off above them. */
  readonly before: Wire[];
}

/** Heights of the bends of a gap: wires that overlap get tracks of their own. */
function tracks(inGap: readonly number[], from: readonly number[], start: (piece: number) => number, end: (piece: number) => number): Gap {
  if (inGap.length === 0) return { height: RANK_GAP, bendOf: new Map() };
  const wires = new Map<string, Wire>();
  for (const piece of inGap) {
    const key = `${from[piece]} ${start(piece)}`;
    const wire = wires.get(key) ?? { pieces: [], low: start(piece), high: start(piece), source: start(piece), track: -1, before: [] };
    wire.pieces.push(piece);
    wire.low = Math.min(wire.low, end(piece));
    wire.high = Math.max(wire.high, end(piece));
    wires.set(key, wire);
  }
  const sorted = [...wires.values()].sort((a, b) => a.low - b.low || a.high - b.high);
  const bySource = new Map(sorted.map((wire) => [Math.round(wire.source), wire]));
  for (const wire of sorted) {
    for (const piece of wire.pieces) {
      const under = bySource.get(Math.round(end(piece)));
      if (under && under !== wire) wire.before.push(under);
    }
  }
  const taken: [number, number][][] = [];
  const place = (wire: Wire): void => {
    if (wire.track !== -1) return;
    wire.track = 0;
    wire.before.forEach(place);
    let track = wire.before.reduce((least, other) => Math.max(least, other.track + 1), 0);
    while (track < MOST_TRACKS - 1 && taken[track]?.some(([low, high]) => wire.low < high + 4 && low < wire.high + 4)) track++;
    wire.track = Math.min(track, MOST_TRACKS - 1);
    (taken[wire.track] ??= []).push([wire.low, wire.high]);
  };
  sorted.forEach(place);
  const bendOf = new Map<number, number>();
  for (const wire of sorted) for (const piece of wire.pieces) bendOf.set(piece, BEND_ABOVE + wire.track * BEND_PITCH);
  const most = sorted.reduce((high, wire) => Math.max(high, wire.track), 0);
  return { height: BEND_ABOVE + most * BEND_PITCH + BEND_BELOW, bendOf };
}
