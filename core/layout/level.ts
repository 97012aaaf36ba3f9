import { assignColumns } from './columns.ts';
import type { Box, Link, PlacedLevel } from './contract.ts';
import { initialOrder, reduceCrossings } from './order.ts';
import { adjacency, assignRanks, mainPath } from './ranks.ts';
import { drawRoutes } from './routes.ts';
import { cutLinks } from './segments.ts';

/** Places the boxes of one level. Boxes are in topological order: every link leads to a later one. */
export function placeLevel(boxes: readonly Box[], links: readonly Link[]): PlacedLevel {
  const up = adjacency(boxes.length, links, 'up');
  const down = adjacency(boxes.length, links, 'down');
  const rank = assignRanks(boxes, up, down);
  const onPath = mainPath(boxes, up);
  const width = Float64Array.from(boxes, (box, index) => (onPath[index] ? box.width : box.narrowWidth));
  const segments = cutLinks(boxes, width, links, rank);
  const order = reduceCrossings(segments, initialOrder(segments, onPath));
  const x = assignColumns(segments, order, width, onPath);
  const left = x.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  for (let item = 0; item < x.length; item++) x[item] -= left;
  const { y, routes, right, totalHeight } = drawRoutes(segments, order, boxes, width, x, links);
  return { x: x.slice(0, boxes.length), y, width, routes, totalWidth: right, totalHeight };
}
