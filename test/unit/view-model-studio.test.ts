import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { layersOf, type Graph } from '../../core/graph/graph.ts';
import { spreadOut } from '../../renderer/features/studio/inspector/sqnr-ruler.tsx';
import { parseFilter } from '../../renderer/features/studio/layer-table/filter.ts';
import { tableRows } from '../../renderer/features/studio/layer-table/rows.ts';
import { rowForKey, rowForLetter } from '../../renderer/features/studio/layer-table/selecting.ts';
import { layerTable } from '../../renderer/state/select/layers.ts';
import { viewGraph } from '../../renderer/state/select/view-graph.ts';
import { shorten } from '../../renderer/ui/fingerprint.tsx';
import { rebin } from '../../renderer/ui/histogram.tsx';
import { NetworkBuilder, plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const residual = residualNetwork(1).graph;
const plain = plainNetwork(1).graph;

/** A chain with random residual blocks: the shape of the networks that people open. */
function randomNetwork(seed: number): Graph {
  const random = createRandom(seed);
  const net = new NetworkBuilder(seed, [1, 8, 8, 3]);
  let last = net.conv('stem', 'input', 4);
  for (let stage = 0; stage < 6; stage++) {
    const inner = random.integer(1, 4);
    const start = last;
    for (let index = 0; index < inner; index++) last = net.relu(`s${stage}.relu${index}`, net.conv(`s${stage}.conv${index}`, last, 4));
    const shape = random.integer(0, 3);
    if (shape === 1) last = net.add(`s${stage}.add`, last, start);
    if (shape === 2) last = net.add(`s${stage}.add`, last, net.conv(`s${stage}.shortcut`, start, 4, { size: 1 }));
  }
  net.dense('dense', net.globalAveragePool('pool', last), 4);
  return net.build(`random ${seed}`).graph;
}

describe('the view of a graph', () => {
  test('shows layers, joins and pools, and hides what is part of the node before it', () => {
    const shown = viewGraph(residual).nodes.map((node) => node.id);
    expect(shown).toEqual(['input', 'conv0', 'conv1', 'conv2', 'shortcut', 'add', 'depthwise', 'pool', 'dense']);
    expect(viewGraph(residual).shownFor.get('relu0')).toBe('conv0');
  });

  test('puts a residual block, from where its branches part to where they join, into one group', () => {
    const { nodes, blocks } = viewGraph(residual);
    expect(Object.values(blocks).map((block) => block.nodes.toSorted())).toEqual([['add', 'conv1', 'conv2', 'shortcut']]);
    expect(nodes.filter((node) => node.block !== null)).toHaveLength(4);
    expect(Object.keys(viewGraph(plain).blocks)).toEqual([]);
  });

  test.each(Array.from({ length: 8 }, (_, seed) => seed))('of a random network shows every layer once, inputs before what reads them (seed %i)', (seed) => {
    const graph = randomNetwork(seed);
    const { nodes, blocks } = viewGraph(graph);
    expect(nodes.filter((node) => node.kind === 'layer').map((node) => node.id).toSorted()).toEqual(layersOf(graph).map((layer) => layer.id).toSorted());
    nodes.forEach((node, index) => {
      for (const input of node.inputs) expect(nodes.slice(0, index).map((other) => other.id)).toContain(input);
    });
    const members = Object.values(blocks).flatMap((block) => block.nodes);
    expect(new Set(members).size).toBe(members.length);
  });

  test('names a block after what its layers have in common', () => {
    const { nodes, blocks } = viewGraph(randomNetwork(3));
    for (const block of Object.values(blocks)) expect(block.label).toMatch(/^(s\d|Block \d)$/);
    const inside = nodes.find((node) => node.block !== null && node.kind === 'layer' && blocks[node.block].label.startsWith('s'));
    if (inside) expect(inside.label).toMatch(/^(conv\d|shortcut)$/);
  });
});

describe('the rows of the table', () => {
  const ids = (collapsed: readonly string[], filter: string, plan = {}) => tableRows(residual, plan, collapsed, filter).map((row) => row.id);

  test('hold a block with its nodes, or the block alone when collapsed', () => {
    const [block] = Object.keys(viewGraph(residual).blocks);
    expect(ids([], '')).toContain(block);
    expect(ids([], '')).toContain('conv1');
    expect(ids([block], '')).toContain(block);
    expect(ids([block], '')).not.toContain('conv1');
  });

  test('are filtered by name, operator and precision', () => {
    // The shortcut is a conv2d by its operator.
    expect(ids([], 'conv')).toEqual(['conv0', 'conv1', 'conv2', 'shortcut', 'depthwise']);
    expect(ids([], 'depth')).toEqual(['depthwise']);
    expect(ids([], '1×1')).toEqual(['shortcut']);
    const plan = { conv1: { scheme: 'ternary' }, conv2: { scheme: 'int8' } } as const;
    expect(ids([], '< INT8', plan)).toEqual(['conv1']);
    expect(ids([], '= int8', plan)).toEqual(['conv2']);
    expect(ids([], '>int8 conv', plan)).not.toContain('conv2');
    expect(ids([], 'nothing like it')).toEqual([]);
  });

  test('show everything while a comparison is not finished', () => {
    expect(parseFilter('<')).toEqual([]);
    expect(parseFilter('< zzz')).toEqual([]);
    expect(ids([], '<').length).toBe(ids([], '').length);
  });

  test('are reached by arrows, Home, End and the first letter', () => {
    const rows = tableRows(residual, {}, [], '');
    expect(rowForKey(rows, 'conv0', 'ArrowDown')?.kind).toBe('block');
    expect(rowForKey(rows, rows[0].id, 'ArrowUp')?.id).toBe(rows[0].id);
    expect(rowForKey(rows, 'conv0', 'End')?.id).toBe('dense');
    expect(rowForKey(rows, 'conv0', 'x')).toBeNull();
    expect(rowForLetter(rows, 'conv0', 's')?.id).toBe('shortcut');
    expect(rowForLetter(rows, 'dense', 'd')?.id).toBe('depthwise');
    expect(rowForLetter(rows, 'conv0', 'z')).toBeNull();
  });

  test('know the parameters and multiply-accumulates of a layer', () => {
    const { conv1, dense } = layerTable(residual);
    expect(conv1.parameters).toBe(3 * 3 * 8 * 16);
    expect(conv1.multiplyAccumulates).toBe(4 * 4 * 3 * 3 * 8 * 16);
    expect(dense.parameters).toBe(16 * 4 + 4);
    expect(layerTable(residual)).toBe(layerTable(residual));
  });
});

describe('drawings', () => {
  test('bars are joined, never dropped', () => {
    const counts = Array.from({ length: 96 }, (_, index) => index);
    const joined = rebin(counts, 64);
    expect(joined.length).toBeLessThanOrEqual(64);
    expect(joined.reduce((a, b) => a + b)).toBe(counts.reduce((a, b) => a + b));
  });

  test('marks on the ruler keep their order and do not cover each other', () => {
    const spread = spreadOut([100, 102, 104, 200], 15);
    for (let index = 1; index < spread.length; index++) expect(spread[index] - spread[index - 1]).toBeGreaterThanOrEqual(14.5);
  });

  test('a fingerprint of many layers has 24 cells of the most frequent precision each', () => {
    const many = Array.from({ length: 96 }, (_, index) => (index < 48 ? ('int8' as const) : index % 4 === 0 ? ('int8' as const) : ('xnor' as const)));
    const cells = shorten(many, 24);
    expect(cells).toHaveLength(24);
    expect(cells[0]).toBe('int8');
    expect(cells[23]).toBe('xnor');
    expect(shorten(['int8'], 24)).toEqual(['int8']);
  });
});
