import { describe, expect, test } from 'vitest';
import { OVERLAYS, type LayerMetrics } from '../../core/analysis/overlays.ts';
import { createRandom } from '../../core/base/random.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { layoutLayers } from '../../core/layout/layered.ts';
import { mapScale, MINIMAP, viewAtMap } from '../../renderer/features/studio/graph/minimap.ts';
import { placeOf, startMotion } from '../../renderer/features/studio/graph/motion.ts';
import { graphPicture, spokenItem } from '../../renderer/features/studio/graph/picture.ts';
import { createScene, frameHeadAt, itemAt, neighbour, type Scene } from '../../renderer/features/studio/graph/scene.ts';
import { focusedItem, selectionMarks } from '../../renderer/features/studio/graph/selecting.ts';
import { shownGraph } from '../../renderer/features/studio/graph/shown-graph.ts';
import { createViewLink } from '../../renderer/features/studio/graph/view-link.ts';
import { clampView, fitView, panInto, wholeView, zoomAt, zoomWithin, type Viewport } from '../../renderer/features/studio/graph/viewport.ts';
import { collapsedAtFirst, viewGraph } from '../../renderer/state/select/view-graph.ts';
import { NetworkBuilder, residualNetwork } from '../fixtures/networks.ts';

const residual = residualNetwork(1).graph;
const sceneOf = (graph: Graph, collapsed: readonly string[] = []): Scene => {
  const shown = shownGraph(viewGraph(graph), collapsed);
  return createScene(shown, layoutLayers(shown.request));
};
const open = sceneOf(residual);
const [block] = Object.keys(viewGraph(residual).blocks);
const closed = sceneOf(residual, [block]);
const at = (scene: Scene, id: string): number => scene.shown.itemOf.get(id)!;
const idsAlong = (scene: Scene, from: string, key: string): string | undefined => scene.shown.items[neighbour(scene, at(scene, from), key)]?.id;

/** A stem, then inverted bottlenecks without a sum: the same three layers again and again. */
function bottlenecks(count: number, names: (block: number, step: string) => string): Graph {
  const net = new NetworkBuilder(1, [1, 8, 8, 3]);
  let last = net.conv('stem', 'input', 4);
  for (let index = 0; index < count; index++) {
    last = net.conv(names(index, 'expand'), last, 6, { size: 1 });
    last = net.depthwise(names(index, 'depthwise'), last);
    last = net.conv(names(index, 'project'), last, 4, { size: 1 });
  }
  net.dense('dense', net.globalAveragePool('pool', last), 4);
  return net.build('bottlenecks').graph;
}

describe('blocks by repeated pattern', () => {
  test('what comes again and again with the same wiring is a block each time', () => {
    const { blocks } = viewGraph(bottlenecks(5, (index, step) => `layers.${index}.${step}`));
    expect(Object.values(blocks).map((found) => found.label)).toEqual(['layers.0', 'layers.1', 'layers.2', 'layers.3', 'layers.4']);
    expect(new Set(Object.values(blocks).map((found) => found.pattern)).size).toBe(1);
    expect(Object.values(blocks)[2].nodes).toEqual(['layers.2.expand', 'layers.2.depthwise', 'layers.2.project']);
  });

  test('of the places where a pattern can begin, the one that fits the numbers in the names is taken', () => {
    const net = new NetworkBuilder(1, [1, 8, 8, 3]);
    let last = net.conv('stem', 'input', 4, { size: 1 });
    for (let index = 1; index <= 6; index++) last = net.conv(`pw_${index}`, net.depthwise(`dw_${index}`, last), 4, { size: 1 });
    const { blocks } = viewGraph(net.build('separable').graph);
    expect(Object.values(blocks).map((found) => found.nodes)).toEqual(Array.from({ length: 6 }, (_, index) => [`dw_${index + 1}`, `pw_${index + 1}`]));
  });

  test('the kernel belongs to the pattern: a 3×3 stem does not begin a row of depthwise and 1×1 layers, whatever the names say', () => {
    const net = new NetworkBuilder(1, [1, 8, 8, 3]);
    let last = net.conv('conv_0', 'input', 4);
    for (let index = 0; index < 6; index++) last = net.conv(`conv_${index + 1}`, net.depthwise(`dw_${index}`, last), 4, { size: 1 });
    const { blocks } = viewGraph(net.build('separable').graph);
    expect(Object.values(blocks).map((found) => found.nodes)).toEqual(Array.from({ length: 6 }, (_, index) => [`dw_${index}`, `conv_${index + 1}`]));
  });

  test('twice is no pattern, and neither is a row of equal layers', () => {
    expect(Object.keys(viewGraph(bottlenecks(2, (index, step) => `${step}${index}`)).blocks)).toEqual([]);
    const net = new NetworkBuilder(1, [1, 8, 8, 3]);
    let last = 'input';
    for (let index = 0; index < 40; index++) last = net.conv(`conv${index}`, last, 3);
    expect(Object.keys(viewGraph(net.build('row').graph).blocks)).toEqual([]);
  });

  test('a small network opens with its blocks open, a large one with all of them closed', () => {
    expect(collapsedAtFirst(residual)).toEqual([]);
    const large = bottlenecks(120, (index, step) => `layers.${index}.${step}`);
    expect(collapsedAtFirst(large)).toEqual(Object.keys(viewGraph(large).blocks));
    expect(collapsedAtFirst(large)).toHaveLength(120);
  });
});

describe('the shown graph', () => {
  test('a closed block is one box that reads what its nodes read and is read by what reads them', () => {
    expect(closed.shown.items.map((item) => item.id)).toEqual(['input', 'conv0', block, 'depthwise', 'pool', 'dense']);
    const box = at(closed, block);
    expect(closed.shown.inputs[box].map((index) => closed.shown.items[index].id)).toEqual(['conv0']);
    expect(closed.shown.readers[box].map((index) => closed.shown.items[index].id)).toEqual(['depthwise']);
    expect(at(closed, 'conv2')).toBe(box);
  });

  test.each(Array.from({ length: 6 }, (_, seed) => seed))('any blocks of a random network can be closed: lines still lead down (seed %i)', (seed) => {
    const random = createRandom(seed);
    const net = new NetworkBuilder(seed, [1, 8, 8, 3]);
    let last = net.conv('stem', 'input', 4);
    for (let stage = 0; stage < 12; stage++) {
      const start = last;
      for (let index = random.integer(1, 4); index > 0; index--) last = net.conv(`s${stage}.conv${index}`, last, 4);
      if (random.chance(0.7)) last = net.add(`s${stage}.add`, last, random.chance(0.5) ? start : net.conv(`s${stage}.shortcut`, start, 4, { size: 1 }));
    }
    const view = viewGraph(net.build(`random ${seed}`).graph);
    const collapsed = Object.keys(view.blocks).filter(() => random.chance(0.5));
    const { shown, layout } = createScene(shownGraph(view, collapsed), layoutLayers(shownGraph(view, collapsed).request));
    shown.readers.forEach((readers, from) => {
      for (const to of readers) expect(layout.y[from] + layout.height[from]).toBeLessThanOrEqual(layout.y[to] + layout.height[to] / 2);
    });
    expect(shown.frames).toHaveLength(Object.keys(view.blocks).length - collapsed.length);
  });
});

describe('the scene', () => {
  test('finds the item, or the head of the open block, under the pointer', () => {
    const { layout } = open;
    const conv1 = at(open, 'conv1');
    expect(itemAt(open, layout.x[conv1] + 5, layout.y[conv1] + 5)).toBe(conv1);
    expect(itemAt(open, -50, -50)).toBe(-1);
    expect(frameHeadAt(open, layout.frames[0] + 5, layout.frames[1] + 5)).toBe(0);
    expect(frameHeadAt(open, layout.frames[0] + 5, layout.frames[1] + 40)).toBe(-1);
  });

  test('every item is found at its own middle (300 nodes)', () => {
    const scene = sceneOf(bottlenecks(100, (index, step) => `layers.${index}.${step}`));
    const { x, y, width, height } = scene.layout;
    scene.shown.items.forEach((_, item) => expect(itemAt(scene, x[item] + width[item] / 2, y[item] + height[item] / 2)).toBe(item));
  });

  test('arrow keys follow the lines, and go to the neighbour at the same height', () => {
    expect(idsAlong(open, 'conv1', 'ArrowUp')).toBe('conv0');
    expect(idsAlong(open, 'conv0', 'ArrowDown')).toBe('conv1');
    expect(idsAlong(open, 'conv1', 'ArrowRight')).toBe('shortcut');
    expect(idsAlong(open, 'shortcut', 'ArrowLeft')).toBe('conv1');
    expect(idsAlong(open, 'shortcut', 'ArrowDown')).toBe('add');
    expect(idsAlong(open, 'dense', 'ArrowDown')).toBeUndefined();
    expect(idsAlong(closed, 'conv0', 'ArrowDown')).toBe(block);
    expect(idsAlong(closed, 'conv0', 'End')).toBe('dense');
  });

  test('selection and focus show on the closed block that holds a layer: whole, or a part of it', () => {
    const isLayer = (id: string): boolean => id !== 'add';
    const marks = (ids: readonly string[]): number => selectionMarks(closed, new Set(ids), isLayer)[at(closed, block)];
    expect(marks([])).toBe(0);
    expect(marks(['conv1'])).toBe(2);
    expect(marks(['conv1', 'conv2', 'shortcut'])).toBe(1);
    expect(focusedItem(closed, 'conv2')).toBe(at(closed, block));
    expect(open.shown.items[focusedItem(open, block)].id).toBe(viewGraph(residual).blocks[block].nodes[0]);
    expect(focusedItem(open, 'nothing')).toBe(-1);
  });

  test('items move from where they stood: out of the closed block, and to their own place at the end', () => {
    const motion = startMotion(closed, open, 0, 0, 1_000);
    expect(motion.advance(1_000)).toBe(0);
    const [conv1, from] = [at(open, 'conv1'), placeOf(closed, block)!];
    expect([motion.places.x[conv1], motion.places.y[conv1]]).toEqual([from.x, from.y]);
    expect(motion.advance(1_100)).toBeGreaterThan(0);
    expect(motion.advance(5_000)).toBe(1);
    expect(motion.places.y[conv1]).toBeCloseTo(open.layout.y[conv1], 3);
    expect(Array.from(motion.places.frames)).toEqual(Array.from(open.layout.frames));
  });
});

describe('the view of the scene', () => {
  const graph = { width: open.layout.totalWidth, height: open.layout.totalHeight };
  const pane = { width: 340, height: 700 };

  test('never loses the graph: fitted, zoomed, pushed away', () => {
    const fitted = fitView(graph, pane);
    expect(fitted.scale).toBeLessThanOrEqual(1);
    expect(graph.width * fitted.scale).toBeLessThanOrEqual(pane.width + 1);
    const zoomed = zoomAt(fitted, 1.5, 100, 50);
    // The place under the pointer stays under it.
    expect((100 - zoomed.x) / zoomed.scale).toBeCloseTo((100 - fitted.x) / fitted.scale, 9);
    const pushed = clampView({ ...fitted, x: 1e6, y: -1e6 }, graph, pane);
    expect(pushed.x).toBeLessThan(pane.width);
    expect(pushed.y + graph.height * pushed.scale).toBeGreaterThan(0);
    const seen = panInto({ x: 0, y: 5000, scale: 1 }, placeOf(open, 'dense')!, pane);
    expect(seen.y + placeOf(open, 'dense')!.y + 24).toBeLessThanOrEqual(pane.height);
  });

  test('a graph of any length can be seen whole, and zoomed out so far', () => {
    const long = { width: 300, height: 400_000 };
    const whole = wholeView(long, pane);
    expect(long.height * whole.scale).toBeCloseTo(pane.height, 6);
    expect(zoomWithin(fitView(long, pane), 1e-9, 0, 0, long, pane).scale).toBeCloseTo(whole.scale, 9);
    expect(fitView(long, pane).scale).toBeGreaterThan(0.5);
  });

  test.each([[300, 500], [300, 400_000], [9_000, 500]])('a press on the minimap shows that place of a graph of %i × %i in the middle', (width, height) => {
    const { left, top, scaleX, scaleY } = mapScale(width, height);
    expect(left + width * scaleX).toBeLessThanOrEqual(MINIMAP.width);
    expect(top + height * scaleY).toBeLessThanOrEqual(MINIMAP.height);
    const view = viewAtMap(left + 0.25 * width * scaleX, top + 0.75 * height * scaleY, width, height, { x: 0, y: 0, scale: 0.5 }, pane.width, pane.height);
    expect((pane.width / 2 - view.x) / view.scale).toBeCloseTo(0.25 * width, 3);
    expect((pane.height / 2 - view.y) / view.scale).toBeCloseTo(0.75 * height, 3);
  });
});

test('graphs that are linked follow one another, and none follows itself or one that has gone', () => {
  const link = createViewLink();
  const seen: string[] = [];
  const first = (view: Viewport): void => void seen.push(`first ${view.scale}`);
  const second = (view: Viewport): void => void seen.push(`second ${view.scale}`);
  link.join(first);
  const leave = link.join(second);
  link.moved(first, { x: 0, y: 0, scale: 2 });
  link.moved(second, { x: 0, y: 0, scale: 3 });
  leave();
  link.moved(first, { x: 0, y: 0, scale: 4 });
  expect(seen).toEqual(['second 2', 'first 3']);
});

describe('what is painted', () => {
  const layer = (bytes: number, divergence: number | null): LayerMetrics => ({
    scheme: 'int8', bytes, milliseconds: null, timeMeasured: false, weightSqnr: null, divergence, accuracyChange: null, parameters: 1, multiplyAccumulates: 1,
  });
  const metrics = { conv0: layer(1_000, 0.1), conv1: layer(2_000, 0.5), conv2: layer(3_000, 0.2), shortcut: layer(500, 0.3), depthwise: layer(100, null), dense: layer(9_000, 0) };
  const figures = Object.fromEntries(viewGraph(residual).nodes.map((node) => [node.id, { bytes: node.id in metrics ? metrics[node.id as keyof typeof metrics].bytes : 0, milliseconds: null, timeMeasured: false, slower: null, cost: null }]));

  test('a closed block has the sum of its layers, or the value of its worst one where a sum says nothing', () => {
    const bytes = graphPicture(closed.shown, metrics, figures, 'bytes');
    expect(bytes.values[at(closed, block)]).toBe('5.50');
    expect(graphPicture(closed.shown, metrics, figures, 'sensitivity').values[at(closed, block)]).toBe(OVERLAYS.sensitivity.text(0.5, { decimal: (value: number, decimals: number) => value.toFixed(decimals) } as never));
    expect(graphPicture(closed.shown, metrics, figures, 'precision').strips[at(closed, block)]).toHaveLength(3);
  });

  test('what was not measured has a dash and no colour; the largest is in the last step', () => {
    const picture = graphPicture(open.shown, metrics, figures, 'sensitivity');
    expect(picture.values[at(open, 'depthwise')]).toBe('–');
    expect(picture.steps[at(open, 'depthwise')]).toBe(-1);
    expect(picture.steps[at(open, 'conv1')]).toBe(picture.scale.length - 1);
    expect(picture.steps[at(open, 'add')]).toBe(-1);
    expect(graphPicture(open.shown, metrics, figures, 'precision').scale).toEqual([]);
  });

  test('beside another network what differs is marked, a closed block with what is in it, and one scale covers both', () => {
    const beside = { metrics: { ...metrics, conv0: layer(1_000, 0.9) }, differing: new Set(['conv1']) };
    const marked = (scene: Scene) => graphPicture(scene.shown, metrics, figures, 'sensitivity', beside).differs!;
    expect([...marked(open)].flatMap((mark, item) => (mark ? [open.shown.items[item].id] : []))).toEqual(['conv1']);
    expect(marked(closed)[at(closed, block)]).toBe(1);
    expect(marked(closed)[at(closed, 'conv0')]).toBe(0);
    const { scale } = graphPicture(open.shown, metrics, figures, 'sensitivity', beside);
    expect(scale.at(-1)!.high).toBe(0.9);
    expect(scale).toEqual(graphPicture(open.shown, beside.metrics, figures, 'sensitivity', { metrics, differing: beside.differing }).scale);
    expect(graphPicture(open.shown, metrics, figures, 'sensitivity').differs).toBeNull();
    expect(spokenItem(open.shown, graphPicture(open.shown, metrics, figures, 'precision', beside), at(open, 'conv1'), () => 'INT8')).toMatch(/^conv1, conv, INT8, differs, bytes/);
  });

  test('an item is a sentence for the ear: name, operator, precision, value, where its lines lead', () => {
    const picture = graphPicture(open.shown, metrics, figures, 'precision');
    expect(spokenItem(open.shown, picture, at(open, 'conv1'), () => 'INT8')).toBe('conv1, conv, INT8, bytes 2.00 KB, from conv0, to conv2');
    expect(spokenItem(closed.shown, graphPicture(closed.shown, metrics, figures, 'bytes'), at(closed, block), () => 'INT8')).toMatch(/^Block 1, closed block of 3 layers, bytes 5.50 KB, from conv0, to depthwise$/);
  });
});
