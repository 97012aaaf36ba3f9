import { elementCount, type Shape } from '../graph/graph.ts';
import type { LayerChoice } from '../schemes/scheme.ts';

/** Codes on a grid around zero, by the type that a file stores them in, and the scheme that has the same. */
const SCHEMES_BY_TYPE: Readonly<Record<string, { readonly scheme: 'int8' | 'int4'; readonly largest: number }>> = {
  INT8: { scheme: 'int8', largest: 127 },
  UINT8: { scheme: 'int8', largest: 127 },
  INT4: { scheme: 'int4', largest: 7 },
  UINT4: { scheme: 'int4', largest: 7 },
};

/**
 * The rung of the ladder that a layer with this kernel stands on; null for real numbers. A channel whose largest code is the end
 * of the grid gets its own scale back from its largest weight; others keep more of their codes by least squares.
 * @param axis of the output channels
 * @param distance of the code at a flat index from the zero point of its channel
 */
export function storedChoice(type: string, shape: Shape, axis: number, distance: (index: number, channel: number) => number): LayerChoice | null {
  const row = SCHEMES_BY_TYPE[type];
  if (!row) return null;
  const inner = elementCount(shape.slice(axis + 1));
  const count = elementCount(shape);
  const largest = new Int32Array(shape[axis]);
  for (let i = 0; i < count; i++) {
    const channel = Math.floor(i / inner) % largest.length;
    largest[channel] = Math.max(largest[channel], Math.abs(distance(i, channel)));
  }
  const full = largest.every((code) => code === 0 || code === row.largest);
  return { scheme: row.scheme, options: { clip: full ? 'maximum' : 'mse' } };
}
