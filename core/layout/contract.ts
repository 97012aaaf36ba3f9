/** Drawing a directed graph in layers: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981). */

/** A box to be placed. All lengths in pixels of the drawing. */
export interface LayoutNode {
  /** On the main path. */
  readonly width: number;
  /** Beside it. */
  readonly narrowWidth: number;
  readonly height: number;
  /** Lines may also end at its sides: the circle of a sum. */
  readonly round: boolean;
  /** Which frame it stands in, from 0; −1 for none. */
  readonly group: number;
}

export interface LayoutRequest {
  /** In topological order, the members of a group one after the other. */
  readonly nodes: readonly LayoutNode[];
  /** Pairs of indices: from, to, from, to. `from` comes before `to`. */
  readonly edges: Uint32Array;
  readonly groupCount: number;
}

/** Places in pixels; (0, 0) is the upper left corner. */
export interface LayoutResult {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: Float32Array;
  readonly height: Float32Array;
  /** Frames of the groups: x, y, width, height. */
  readonly frames: Float32Array;
  /** The line of edge e has the points routeStart[e] up to routeStart[e + 1]. */
  readonly routeStart: Uint32Array;
  /** x, y of every corner; lines run across or down only. */
  readonly routePoints: Float32Array;
  readonly totalWidth: number;
  readonly totalHeight: number;
}

/** A box of one level, where groups are boxes with ports. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly narrowWidth: number;
  readonly round: boolean;
  /** Where lines enter or leave the frame around this level. */
  readonly pin: 'none' | 'top' | 'bottom';
}

/** `fromPort` and `toPort` count from the left side of their box; null is its middle. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly fromPort: number | null;
  readonly toPort: number | null;
}

export type Route = readonly number[];

/** One level with its places. */
export interface PlacedLevel {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: Float64Array;
  /** Of every link, x and y of its corners in turn. */
  readonly routes: readonly Route[];
  readonly totalWidth: number;
  readonly totalHeight: number;
}
