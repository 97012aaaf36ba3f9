export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Of a drawing or a pane. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

interface Rectangle extends Extent {
  readonly x: number;
  readonly y: number;
}

const SMALLEST = 0.08;
const LARGEST = 2;

/** The smallest scale: at which the whole graph is seen. */
function smallestScale(graph: Extent, pane: Extent): number {
  return Math.min(SMALLEST, pane.width / Math.max(1, graph.width), pane.height / Math.max(1, graph.height));
}

/** The legend covers the lower left corner. */
const LEGEND = { width: 230, height: 92 } as const;
/** Smaller than this words are left out. */
const READABLE = 0.6;
/** A graph that does not fit anyway is not made smaller than this for a branch beside its main path. */
const COMFORTABLE = 0.85;

/** The whole graph, above the legend, where it stays readable, otherwise its beginning at full width. Never larger than drawn. */
export function fitView(graph: Extent, pane: Extent): Viewport {
  if (pane.width === 0 || graph.width === 0) return { x: 0, y: 0, scale: 1 };
  const across = Math.min(1, pane.width / graph.width);
  const whole = Math.min(across, Math.max(pane.height / 2, pane.height - LEGEND.height) / graph.height);
  const scale = Math.max(smallestScale(graph, pane), whole >= READABLE * across ? whole : Math.max(across, COMFORTABLE));
  const left = graph.width * scale <= pane.width ? (pane.width - graph.width * scale) / 2 : 0;
  return { x: left, y: Math.max(0, Math.min(8, (pane.height - LEGEND.height - graph.height * scale) / 2)), scale };
}

/** All of it, however small. */
export function wholeView(graph: Extent, pane: Extent): Viewport {
  if (pane.width === 0 || graph.width === 0) return { x: 0, y: 0, scale: 1 };
  const scale = Math.min(1, pane.width / graph.width, pane.height / graph.height);
  return { x: (pane.width - graph.width * scale) / 2, y: (pane.height - graph.height * scale) / 2, scale };
}

export function zoomAt(view: Viewport, factor: number, x: number, y: number, smallest = SMALLEST): Viewport {
  const scale = Math.min(LARGEST, Math.max(smallest, view.scale * factor));
  const by = scale / view.scale;
  return { x: x - (x - view.x) * by, y: y - (y - view.y) * by, scale };
}

export function zoomWithin(view: Viewport, factor: number, x: number, y: number, graph: Extent, pane: Extent): Viewport {
  return zoomAt(view, factor, x, y, smallestScale(graph, pane));
}

/** A part of the graph always stays in sight. */
export function clampView(view: Viewport, graph: Extent, pane: Extent): Viewport {
  if (pane.width === 0) return view;
  const margin = 60;
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
  return {
    scale: view.scale,
    x: clamp(view.x, margin - graph.width * view.scale, pane.width - margin),
    y: clamp(view.y, margin - graph.height * view.scale, pane.height - margin),
  };
}

/** Moves just enough that a place is seen, beside the legend. */
export function panInto(view: Viewport, place: Rectangle, pane: Extent): Viewport {
  const left = view.x + place.x * view.scale;
  const top = view.y + place.y * view.scale;
  const right = left + place.width * view.scale;
  const bottom = top + place.height * view.scale;
  const margin = 16;
  const below = left < LEGEND.width ? LEGEND.height : margin;
  const shift = (low: number, high: number, room: number, end: number): number => (low < margin ? margin - low : high > room - end ? room - end - high : 0);
  return { ...view, x: view.x + shift(left, right, pane.width, margin), y: view.y + shift(top, bottom, pane.height, below) };
}
