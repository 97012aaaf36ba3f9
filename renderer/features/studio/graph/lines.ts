import type { LayoutResult } from '../../../../core/layout/contract.ts';
import type { LineBundle } from './scene.ts';

const CORNER = 8;
/** Length and half width of an arrowhead. */
const HEAD = 6;
const HEAD_HALF = 3.5;

type Pen = Pick<Path2D, 'moveTo' | 'lineTo' | 'arcTo'>;

/** One line with round corners, up to its arrowhead. */
export function traceLine(pen: Pen, { routeStart, routePoints: points }: LayoutResult, edge: number): void {
  const [first, last] = [routeStart[edge], routeStart[edge + 1] - 1];
  if (last <= first) return;
  pen.moveTo(points[2 * first], points[2 * first + 1]);
  for (let point = first + 1; point < last; point++) {
    const [x, y, nextX, nextY] = [points[2 * point], points[2 * point + 1], points[2 * point + 2], points[2 * point + 3]];
    // Along the axes one of the two differences is zero.
    const before = Math.abs(x - points[2 * point - 2]) + Math.abs(y - points[2 * point - 1]);
    const after = Math.abs(nextX - x) + Math.abs(nextY - y);
    pen.arcTo(x, y, nextX, nextY, Math.min(CORNER, before / 2, after / 2));
  }
  const [endX, endY] = [points[2 * last], points[2 * last + 1]];
  pen.lineTo(endX - Math.sign(endX - points[2 * last - 2]) * HEAD * 0.8, endY - Math.sign(endY - points[2 * last - 1]) * HEAD * 0.8);
}

export function traceArrow(pen: Pen, { routeStart, routePoints: points }: LayoutResult, edge: number): void {
  const last = routeStart[edge + 1] - 1;
  if (last <= routeStart[edge]) return;
  const [x, y] = [points[2 * last], points[2 * last + 1]];
  const [dx, dy] = [Math.sign(x - points[2 * last - 2]), Math.sign(y - points[2 * last - 1])];
  pen.moveTo(x, y);
  pen.lineTo(x - dx * HEAD - dy * HEAD_HALF, y - dy * HEAD + dx * HEAD_HALF);
  pen.lineTo(x - dx * HEAD + dy * HEAD_HALF, y - dy * HEAD - dx * HEAD_HALF);
}

/** Lines of a bundle as one path, made when it is first in view. */
export function linesOf(bundle: LineBundle, layout: LayoutResult): Path2D {
  if (bundle.lines) return bundle.lines;
  bundle.lines = new Path2D();
  for (const edge of bundle.edges) traceLine(bundle.lines, layout, edge);
  return bundle.lines;
}

export function arrowsOf(bundle: LineBundle, layout: LayoutResult): Path2D {
  if (bundle.arrows) return bundle.arrows;
  bundle.arrows = new Path2D();
  for (const edge of bundle.edges) traceArrow(bundle.arrows, layout, edge);
  return bundle.arrows;
}
