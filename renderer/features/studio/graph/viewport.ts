import type { Viewport } from './draw.ts';
import type { GraphLayout, PlacedNode } from './layout.ts';

const SMALLEST = 0.08;
const LARGEST = 2;
type Size = readonly [width: number, height: number];

/** The whole graph where it stays readable, otherwise its beginning at full width. Never larger than drawn. */
export function fitView(layout: GraphLayout, [width, height]: Size): Viewport {
  if (width === 0 || layout.width === 0) return { x: 0, y: 0, scale: 1 };
  const across = Math.min(1, width / layout.width);
  const whole = Math.min(across, height / layout.height);
  const scale = Math.max(SMALLEST, whole >= 0.6 * across ? whole : across);
  return { x: (width - layout.width * scale) / 2, y: Math.max(0, Math.min(8, (height - layout.height * scale) / 2)), scale };
}

export function zoomAt(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const by = scale / view.scale;
  return { x: x - (x - view.x) * by, y: y - (y - view.y) * by, scale };
}

/** A part of the graph always stays in sight. */
export function clampView(view: Viewport, layout: GraphLayout, [width, height]: Size): Viewport {
  if (width === 0) return view;
  const margin = 60;
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
  return {
    scale: view.scale,
    x: clamp(view.x, margin - layout.width * view.scale, width - margin),
    y: clamp(view.y, margin - layout.height * view.scale, height - margin),
  };
}

/** The legend covers the lower left corner. */
const LEGEND = { width: 180, height: 92 } as const;

/** Moves just enough that the node is seen, beside the legend. */
export function panInto(view: Viewport, node: PlacedNode, [width, height]: Size): Viewport {
  const left = view.x + node.x * view.scale;
  const top = view.y + node.y * view.scale;
  const right = left + node.width * view.scale;
  const bottom = top + node.height * view.scale;
  const margin = 16;
  const below = left < LEGEND.width ? LEGEND.height : margin;
  const shift = (low: number, high: number, room: number, end: number): number => (low < margin ? margin - low : high > room - end ? room - end - high : 0);
  return { ...view, x: view.x + shift(left, right, width, margin), y: view.y + shift(top, bottom, height, below) };
}
