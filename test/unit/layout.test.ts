import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import type { Box, LayoutRequest, LayoutResult, Link } from '../../core/layout/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { layoutLayers } from '../../core/layout/layered.ts';
import { countCrossings, initialOrder, reduceCrossings } from '../../core/layout/order.ts';
import { adjacency, assignRanks, mainPath } from '../../core/layout/ranks.ts';
import { cutLinks } from '../../core/layout/segments.ts';
import { randomLayered, request, residualLayered } from '../fixtures/layout-graphs.ts';

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);

const middle = (layout: LayoutResult, node: number): number => layout.x[node] + layout.width[node] / 2;
const bottom = (layout: LayoutResult, node: number): number => layout.y[node] + layout.height[node];
const routeOf = (layout: LayoutResult, edge: number): readonly number[] => Array.from(layout.routePoints.subarray(2 * layout.routeStart[edge], 2 * layout.routeStart[edge + 1]));
const edgesOf = ({ edges }: LayoutRequest): readonly (readonly [number, number])[] => Array.from({ length: edges.length / 2 }, (_, index) => [edges[2 * index], edges[2 * index + 1]]);

function expectApart(layout: LayoutResult): void {
  const order = Array.from(layout.x.keys()).sort((a, b) => layout.y[a] - layout.y[b]);
  order.forEach((a, index) => {
    for (const b of order.slice(index + 1)) {
      if (layout.y[b] >= bottom(layout, a)) break;
      const apart = layout.x[a] + layout.width[a] <= layout.x[b] || layout.x[b] + layout.width[b] <= layout.x[a];
      expect(apart, `${a} and ${b}`).toBe(true);
    }
  });
}

/** The level of a request without groups, up to its order. */
function levelOf(graph: LayoutRequest) {
  const boxes: readonly Box[] = graph.nodes.map((node) => ({ ...node, pin: 'none' }));
  const links: readonly Link[] = edgesOf(graph).map(([from, to]) => ({ from, to, fromPort: null, toPort: null }));
  const up = adjacency(boxes.length, links, 'up');
  const rank = assignRanks(boxes, up, adjacency(boxes.length, links, 'down'));
  const onPath = mainPath(boxes, up);
  const segments = cutLinks(boxes, Float64Array.from(boxes, (box) => box.width), links, rank);
  return { rank, segments, start: initialOrder(segments, onPath) };
}

/** Crossings by comparing every two lines between the same ranks. */
function crossingsByPairs({ segments, start }: ReturnType<typeof levelOf>): number {
  const place = new Map<number, number>();
  for (const items of start) items.forEach((item, index) => place.set(item, index));
  const at = (item: number): number => place.get(item)!;
  let crossings = 0;
  for (let a = 0; a < segments.from.length; a++) {
    for (let b = a + 1; b < segments.from.length; b++) {
      if (segments.rank[segments.from[a]] !== segments.rank[segments.from[b]]) continue;
      if ((at(segments.from[a]) - at(segments.from[b])) * (at(segments.to[a]) - at(segments.to[b])) < 0) crossings++;
    }
  }
  return crossings;
}

describe('a drawing in layers', () => {
  test.each(SEEDS)('covers no box with another and leads every line down from its source to its target (seed %i)', (seed) => {
    const graph = randomLayered(seed, 120);
    const layout = layoutLayers(graph);
    expectApart(layout);
    edgesOf(graph).forEach(([from, to], edge) => {
      expect(bottom(layout, from)).toBeLessThan(layout.y[to]);
      const route = routeOf(layout, edge);
      expect(route.slice(0, 2)).toEqual([middle(layout, from), bottom(layout, from)]);
      expect(route.slice(-2)).toEqual([middle(layout, to), layout.y[to]]);
      for (let index = 2; index < route.length; index += 2) {
        expect(route[index + 1]).toBeGreaterThanOrEqual(route[index - 1]);
        expect(route[index] === route[index - 2] || route[index + 1] === route[index - 1]).toBe(true);
      }
    });
  });

  test.each(SEEDS)('leads no line through a box (seed %i)', (seed) => {
    const graph = randomLayered(seed, 60);
    const layout = layoutLayers(graph);
    edgesOf(graph).forEach((_, edge) => {
      const route = routeOf(layout, edge);
      for (let index = 2; index < route.length; index += 2) {
        const [left, right] = [Math.min(route[index], route[index - 2]), Math.max(route[index], route[index - 2])];
        graph.nodes.forEach((_node, box) => {
          const through = right > layout.x[box] && left < layout.x[box] + layout.width[box] && route[index + 1] > layout.y[box] && route[index - 1] < bottom(layout, box);
          expect(through, `line ${edge} and box ${box}`).toBe(false);
        });
      }
    });
  });

  test.each(SEEDS)('ranks every box under all that it reads (seed %i)', (seed) => {
    const graph = randomLayered(seed, 200);
    const { rank } = levelOf(graph);
    for (const [from, to] of edgesOf(graph)) expect(rank[from]).toBeLessThan(rank[to]);
  });

  test.each(SEEDS)('has fewer crossings than the order in which the boxes came (seed %i)', (seed) => {
    const { segments, start } = levelOf(randomLayered(seed, 150));
    const before = countCrossings(segments, start);
    const after = countCrossings(segments, reduceCrossings(segments, start));
    expect(before).toBeGreaterThan(50);
    expect(after).toBeLessThan(0.7 * before);
  });

  test.each(SEEDS.slice(0, 4))('counts crossings as comparing all pairs of lines does (seed %i)', (seed) => {
    const level = levelOf(randomLayered(seed, 40));
    expect(countCrossings(level.segments, level.start)).toBe(crossingsByPairs(level));
  });

  test('is the same each time', () => {
    expect(layoutLayers(randomLayered(3, 400))).toEqual(layoutLayers(randomLayered(3, 400)));
  });

  test('moves what has no input down to its first reader', () => {
    const chain = [[0, 1], [1, 2], [2, 3], [4, 5], [3, 5]] as const;
    const { rank } = levelOf(request(Array.from({ length: 6 }, () => ({ width: 10, narrowWidth: 10, height: 10, round: false, group: -1 })), chain));
    expect(Array.from(rank)).toEqual([0, 1, 2, 3, 3, 4]);
  });

  test.each([false, true])('draws a residual network as people do: main path straight down, the way round at its right (in frames: %s)', (grouped) => {
    const graph = residualLayered(5, grouped);
    const layout = layoutLayers(graph);
    expectApart(layout);
    const column = middle(layout, 0);
    for (let node = 0; node < graph.nodes.length; node++) expect(middle(layout, node)).toBeCloseTo(column, 3);
    edgesOf(graph).forEach(([from, to], edge) => {
      const route = routeOf(layout, edge);
      if (to - from !== 3) return expect(route).toHaveLength(4);
      // Out of the trunk, down beside the boxes, and into the circle from its right.
      expect(Math.max(...route.filter((_, index) => index % 2 === 0))).toBeGreaterThan(layout.x[from + 1] + layout.width[from + 1]);
      expect(route.slice(-2)).toEqual([layout.x[to] + layout.width[to], layout.y[to] + layout.height[to] / 2]);
    });
  });

  test('frames hold their members and nothing else, and do not overlap', () => {
    const graph = residualLayered(6, true);
    const { frames, x, y, width, height } = layoutLayers(graph);
    graph.nodes.forEach((node, index) => {
      for (let group = 0; group < graph.groupCount; group++) {
        const [left, top, across, down] = frames.subarray(4 * group, 4 * group + 4);
        const inside = y[index] >= top && y[index] + height[index] <= top + down;
        expect(inside).toBe(node.group === group);
        if (inside) expect(x[index] >= left && x[index] + width[index] <= left + across).toBe(true);
      }
    });
    for (let group = 1; group < graph.groupCount; group++) expect(frames[4 * group + 1]).toBeGreaterThanOrEqual(frames[4 * group - 3] + frames[4 * group - 1]);
  });

  test('refuses lines that lead back, and groups that are torn apart, with a sentence', () => {
    const box = { width: 10, narrowWidth: 10, height: 10, round: false, group: -1 };
    expect(() => layoutLayers(request([box, box], [[1, 0]]))).toThrow('A line of the drawing leads back.');
    const torn = [{ ...box, group: 0 }, box, { ...box, group: 0 }];
    expect(() => layoutLayers(request(torn, [[0, 1], [1, 2]]))).toThrow('torn apart');
  });

  test('an empty graph and one box are drawings too', () => {
    expect(layoutLayers(request([], [])).x).toHaveLength(0);
    expect(layoutLayers(request([{ width: 10, narrowWidth: 10, height: 10, round: false, group: -1 }], [])).totalWidth).toBeGreaterThan(10);
  });

  test('places 10,000 boxes in less than 2 s, with long lines and without', () => {
    const far = createRandom(5);
    const chain = Array.from({ length: 9_999 }, (_, index) => [index, index + 1] as const);
    const jumps = Array.from({ length: 3_000 }, () => far.integer(0, 5_000)).map((from) => [from, from + 5_000 - far.integer(0, 4_000)] as const);
    const box = { width: 158, narrowWidth: 106, height: 24, round: false, group: -1 };
    const cases = { random: randomLayered(1, 10_000, 40), blocks: residualLayered(3_333, true), jumps: request(Array.from({ length: 10_000 }, () => box), [...chain, ...jumps]) };
    for (const [name, graph] of Object.entries(cases)) {
      // Of the processor, not of the clock: other work on the machine is not the layout's.
      const before = process.cpuUsage();
      layoutLayers(graph);
      const { user, system } = process.cpuUsage(before);
      const tookMs = (user + system) / 1000;
      console.log(`Layout of 10,000 boxes, ${name}: ${tookMs.toFixed(0)} ms of processor time`);
      expect(tookMs).toBeLessThan(2_000);
    }
  });
});

describe('the job', () => {
  test('gives the places of the drawing, and nothing once it was superseded', async () => {
    const graph = residualLayered(2, true);
    const stop = new AbortController();
    const context = { signal: stop.signal, report: () => undefined };
    expect(await JOBS.layoutGraph(graph, context)).toEqual(layoutLayers(graph));
    const superseded = JOBS.layoutGraph(graph, context);
    stop.abort();
    await expect(superseded).rejects.toBeInstanceOf(CancelledError);
  });
});
