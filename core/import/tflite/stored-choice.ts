import { elementCount } from '../../graph/graph.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import type { Constant } from './tensor.ts';

/** Codes of 8 and 4 bits on a grid around zero, and the scheme that has the same. */
const SCHEMES_BY_TYPE: Readonly<Record<string, { readonly scheme: 'int8' | 'int4'; readonly largest: number }>> = {
  INT8: { scheme: 'int8', largest: 127 },
  UINT8: { scheme: 'int8', largest: 127 },
  INT4: { scheme: 'int4', largest: 7 },
};

/**
 * The rung of the ladder that a layer with this kernel stands on; null for real numbers. A channel whose largest code is the end
 * of the grid gets its own scale back from its largest weight; others keep more of their codes by least squares.
 * @param axis of the output channels
 */
export function storedChoice({ stored, shape }: Constant, axis: number): LayerChoice | null {
  const row = stored ? SCHEMES_BY_TYPE[stored.type] : undefined;
  if (!stored || !row) return null;
  const { codes, grid } = stored;
  const inner = elementCount(shape.slice(axis + 1));
  const largest = new Int32Array(shape[axis]);
  for (let i = 0; i < codes.length; i++) {
    const channel = Math.floor(i / inner) % largest.length;
    const zero = grid.zeroPoint[grid.zeroPoint.length === 1 ? 0 : channel];
    largest[channel] = Math.max(largest[channel], Math.abs(codes[i] - zero));
  }
  const full = largest.every((code) => code === 0 || code === row.largest);
  return { scheme: row.scheme, options: { clip: full ? 'maximum' : 'mse' } };
}
