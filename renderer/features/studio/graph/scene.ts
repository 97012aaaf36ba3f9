import type { LayoutResult } from '../../../../core/layout/contract.ts';
import type { ShownGraph } from './shown-graph.ts';

/** Lines that are drawn together, and the rectangle that holds them. */
export interface LineBundle {
  readonly edges: readonly number[];
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  /** Made when they are first seen. */
  lines: Path2D | null;
  arrows: Path2D | null;
}

/** A graph with its places, sorted so that a frame looks only at what is in view. */
export interface Scene {
  readonly shown: ShownGraph;
  readonly layout: LayoutResult;
  /** Items by their upper edge. */
  readonly byTop: Int32Array;
  readonly tallest: number;
  readonly bundles: readonly LineBundle[];
  /** Lines that begin or end at each item. */
  readonly linesOf: readonly (readonly number[])[];
}

const BUNDLE = 48;
/** Longer lines make a bundle of their own, or one of them would keep all its bundle in view. */
const LONG_PIXELS = 1_200;

export function createScene(shown: ShownGraph, layout: LayoutResult): Scene {
  const byTop = Int32Array.from(layout.y.keys()).sort((a, b) => layout.y[a] - layout.y[b]);
  const tallest = layout.height.reduce((most, height) => Math.max(most, height), 0);
  return { shown, layout, byTop, tallest, bundles: bundleLines(layout), linesOf: linesByItem(shown) };
}

function linesByItem({ items, request: { edges } }: ShownGraph): readonly (readonly number[])[] {
  const lines: number[][] = items.map(() => []);
  for (let edge = 0; 2 * edge < edges.length; edge++) {
    lines[edges[2 * edge]].push(edge);
    lines[edges[2 * edge + 1]].push(edge);
  }
  return lines;
}

function bundleLines({ routeStart, routePoints }: LayoutResult): readonly LineBundle[] {
  const count = routeStart.length - 1;
  const top = (edge: number): number => routePoints[2 * routeStart[edge] + 1];
  const bottom = (edge: number): number => routePoints[2 * routeStart[edge + 1] - 1];
  const edges = Array.from({ length: count }, (_, edge) => edge).filter((edge) => routeStart[edge + 1] > routeStart[edge]);
  const short = edges.filter((edge) => bottom(edge) - top(edge) <= LONG_PIXELS).sort((a, b) => top(a) - top(b));
  const groups = edges.filter((edge) => bottom(edge) - top(edge) > LONG_PIXELS).map((edge) => [edge]);
  for (let start = 0; start < short.length; start += BUNDLE) groups.push(short.slice(start, start + BUNDLE));
  return groups.map((members) => {
    let [left, right, high, low] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const edge of members) {
      for (let point = routeStart[edge]; point < routeStart[edge + 1]; point++) {
        left = Math.min(left, routePoints[2 * point]);
        right = Math.max(right, routePoints[2 * point]);
        high = Math.min(high, routePoints[2 * point + 1]);
        low = Math.max(low, routePoints[2 * point + 1]);
      }
    }
    return { edges: members, top: high, bottom: low, left, right, lines: null, arrows: null };
  });
}

/** Place in `byTop` of the first item that may reach below a height. */
export function firstBelow({ layout, byTop, tallest }: Scene, height: number): number {
  let [low, high] = [0, byTop.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.y[byTop[middle]] + tallest < height) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A press this far beside an item still hits it. */
const REACH = 3;

/** The item at a place, or −1. */
export function itemAt(scene: Scene, x: number, y: number): number {
  const { layout, byTop } = scene;
  for (let index = firstBelow(scene, y - REACH); index < byTop.length; index++) {
    const item = byTop[index];
    if (layout.y[item] > y + REACH) return -1;
    const inside = y <= layout.y[item] + layout.height[item] + REACH && x >= layout.x[item] - REACH && x <= layout.x[item] + layout.width[item] + REACH;
    if (inside) return item;
  }
  return -1;
}

/** Height of the head of a frame, which a press closes. */
export const FRAME_HEAD_PIXELS = 22;

/** The frame whose head is at a place, or −1. */
export function frameHeadAt({ layout: { frames } }: Scene, x: number, y: number): number {
  for (let frame = 0; 4 * frame < frames.length; frame++) {
    const [left, top, width] = [frames[4 * frame], frames[4 * frame + 1], frames[4 * frame + 2]];
    if (x >= left && x <= left + width && y >= top && y <= top + FRAME_HEAD_PIXELS) return frame;
  }
  return -1;
}

/** The item that an arrow key leads to, or −1: along the lines up and down, to the neighbour at the same height sideways. */
export function neighbour({ shown, layout }: Scene, from: number, key: string): number {
  if (from < 0) return shown.items.length > 0 ? 0 : -1;
  const middle = (item: number): number => layout.x[item] + layout.width[item] / 2;
  const nearest = (items: readonly number[]): number =>
    items.reduce((best, item) => (best < 0 || Math.abs(middle(item) - middle(from)) < Math.abs(middle(best) - middle(from)) ? item : best), -1);
  if (key === 'ArrowUp') return nearest(shown.inputs[from]);
  if (key === 'ArrowDown') return nearest(shown.readers[from]);
  if (key === 'Home') return 0;
  if (key === 'End') return shown.items.length - 1;
  const direction = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (direction === 0) return -1;
  const aside: number[] = [];
  for (let item = 0; item < shown.items.length; item++) {
    const overlaps = layout.y[item] < layout.y[from] + layout.height[from] && layout.y[from] < layout.y[item] + layout.height[item];
    if (overlaps && (middle(item) - middle(from)) * direction > 0) aside.push(item);
  }
  return nearest(aside);
}
