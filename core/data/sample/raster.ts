import type { Point, Stroke } from './skeletons.ts';

/** Points along a stroke, close enough together that straight pieces look like the curve (Catmull–Rom). */
export function trace({ kind, points }: Stroke, piecesPerPoint: number): Point[] {
  const traced: Point[] = [points[0]];
  for (let i = 0; i + 1 < points.length; i++) {
    const before = points[Math.max(0, i - 1)];
    const from = points[i];
    const to = points[i + 1];
    const after = points[Math.min(points.length - 1, i + 2)];
    for (let piece = 1; piece <= piecesPerPoint; piece++) {
      const t = piece / piecesPerPoint;
      traced.push(kind === 'line' ? [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t] : catmullRom(before, from, to, after, t));
    }
  }
  return traced;
}

function catmullRom(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const at = (axis: 0 | 1): number =>
    0.5 *
    (2 * b[axis] +
      (c[axis] - a[axis]) * t +
      (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t +
      (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t * t * t);
  return [at(0), at(1)];
}

/**
 * Draws a straight piece with round ends into a square image of coverages 0 to 1; positions and radius in pixels. Where
 * strokes overlap, the darker one counts. A pixel's coverage falls from 1 to 0 over the pixel that the edge runs through.
 */
export function drawPiece(image: Float32Array, size: number, from: Point, to: Point, radiusFrom: number, radiusTo: number): void {
  const reach = Math.max(radiusFrom, radiusTo) + 1;
  const left = Math.max(0, Math.floor(Math.min(from[0], to[0]) - reach));
  const right = Math.min(size - 1, Math.ceil(Math.max(from[0], to[0]) + reach));
  const top = Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(from[1], to[1]) + reach));
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const lengthSquared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - from[0];
      const py = y + 0.5 - from[1];
      const along = lengthSquared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared)) : 0;
      const ex = px - along * dx;
      const ey = py - along * dy;
      const coverage = radiusFrom + (radiusTo - radiusFrom) * along + 0.5 - Math.sqrt(ex * ex + ey * ey);
      const index = y * size + x;
      if (coverage > image[index]) image[index] = coverage < 1 ? coverage : 1;
    }
  }
}
