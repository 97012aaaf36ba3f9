import { describe, expect, it } from 'vitest';
import { OVERLAY_IDS } from '../../core/analysis/overlays.ts';
import { createRandom } from '../../core/base/random.ts';
import { packedLayout } from '../../core/export/packed/layout.ts';
import { ByteCounter, ByteWriter } from '../../core/export/packed/bytes.ts';
import { writeStructure } from '../../core/export/packed/structure.ts';
import { readNetwork } from '../../core/import/index.ts';
import { layersOf, type Graph } from '../../core/graph/graph.ts';
import { lower } from '../../core/runtime/lower.ts';
import { SCHEME_IDS, SCHEMES } from '../../core/schemes/index.ts';
import type { LayerChoice, Plan } from '../../core/schemes/scheme.ts';
import { refusalsOf } from '../../core/schemes/layer-facts.ts';
import { diagnosticRows, diagnosticText } from '../../renderer/app/diagnostics.ts';
import { COLUMNS, leastWidth } from '../../renderer/features/studio/layer-table/columns.tsx';
import { rowWindow, scrollTopFor } from '../../renderer/features/studio/layer-table/use-row-window.ts';
import type { PageFacts } from '../../renderer/host/page-facts.ts';
import { planWith } from '../../renderer/state/edits/plan.ts';
import { suggestedPatterns, layersByPattern } from '../../renderer/state/select/name-patterns.ts';
import { COLUMN_IDS, DEFAULT_COLUMNS, nextSort, readColumns, toggledColumn, type ColumnId } from '../../renderer/state/select/table-columns.ts';
import { deepNetwork } from '../fixtures/deep-network.ts';

async function deepGraph(shownNodes: number): Promise<Graph> {
  const { model } = await readNetwork([{ name: 'deep.onnx', bytes: deepNetwork(shownNodes, 3) }]);
  return model.graph;
}

describe('the columns of the layer table', () => {
  it('are the metrics of the layers but the precision, and what a layer is', () => {
    expect(new Set(COLUMN_IDS)).toEqual(new Set([...OVERLAY_IDS.filter((id) => id !== 'precision'), 'operator', 'shape']));
    expect(new Set(Object.keys(COLUMNS))).toEqual(new Set(COLUMN_IDS));
  });

  it('are added and taken away in their order; back at the default they are the default itself', () => {
    const more = toggledColumn(DEFAULT_COLUMNS, 'operations');
    expect(more).toEqual(['shape', 'parameters', 'operations', 'bytes', 'time', 'cost']);
    expect(toggledColumn(more, 'operations')).toBe(DEFAULT_COLUMNS);
    expect(COLUMN_IDS.reduce((columns: readonly ColumnId[], id) => (columns.includes(id) ? toggledColumn(columns, id) : columns), DEFAULT_COLUMNS)).toEqual([]);
  });

  it('are read from settings of any version', () => {
    expect(readColumns(undefined)).toBe(DEFAULT_COLUMNS);
    expect(readColumns('shape')).toBe(DEFAULT_COLUMNS);
    expect(readColumns(['sqnr', 'flux', 7, null, 'shape'])).toEqual(['shape', 'sqnr']);
    expect(readColumns(DEFAULT_COLUMNS.toReversed())).toBe(DEFAULT_COLUMNS);
    expect(readColumns([])).toEqual([]);
  });

  it('ask for a width only where a person chose them', () => {
    expect(leastWidth(DEFAULT_COLUMNS)).toBeUndefined();
    expect(leastWidth(['bytes'])).toBe(448);
    expect(leastWidth(COLUMN_IDS)).toBeGreaterThan(900);
  });

  it('sort one way, the other way, and not at all', () => {
    const first = nextSort(null, 'bytes', true);
    expect(first).toEqual({ key: 'bytes', descending: true });
    expect(nextSort(first, 'bytes', true)).toEqual({ key: 'bytes', descending: false });
    expect(nextSort(nextSort(first, 'bytes', true), 'bytes', true)).toBeNull();
    expect(nextSort(first, 'name', false)).toEqual({ key: 'name', descending: false });
  });
});

describe('the rows that are drawn', () => {
  it('are all of a short table', () => {
    expect(rowWindow(500, 300, 100, -1)).toEqual({ first: 0, end: 100, before: 0, after: 0 });
  });

  it('cover what is seen at every place, and with what is left out are as high as the whole', () => {
    const random = createRandom(11);
    for (let round = 0; round < 2_000; round++) {
      const count = 101 + Math.floor(random.uniform() * 5_000);
      const tall = random.uniform() < 0.3 ? -1 : Math.floor(random.uniform() * count);
      const whole = count * 28 + (tall >= 0 ? 59 : 0);
      const height = 100 + Math.floor(random.uniform() * 900);
      const scrollTop = Math.floor(random.uniform() * (whole - height));
      const { first, end, before, after } = rowWindow(scrollTop, height, count, tall);
      const drawn = (end - first) * 28 + (tall >= first && tall < end ? 59 : 0);
      expect(before + drawn + after).toBe(whole);
      expect(before).toBeLessThanOrEqual(scrollTop);
      expect(before + drawn).toBeGreaterThanOrEqual(scrollTop + height);
      expect(end - first).toBeLessThan(height / 28 + 28);
    }
  });

  it('a row is scrolled to only where it is out of sight, and its forecasts with it', () => {
    const view = { scrollTop: 280, height: 400, headHeight: 26, footHeight: 30 };
    expect(scrollTopFor(10, -1, view)).toBeNull();
    expect(scrollTopFor(9, -1, view)).toBe(252);
    expect(scrollTopFor(21, -1, view)).toBeNull();
    expect(scrollTopFor(22, -1, view)).toBe(23 * 28 - 344);
    expect(scrollTopFor(20, 20, view)).toBe(21 * 28 + 59 - 344);
  });
});

describe('the size of an edited plan', () => {
  it('is the same whatever was known of the graph before, after every one of many edits', async () => {
    const graph = await deepGraph(60);
    const random = createRandom(5);
    const layers = layersOf(graph);
    let plan: Plan = {};
    for (let edit = 0; edit < 60; edit++) {
      const layer = layers[Math.floor(random.uniform() * layers.length)];
      const fitting = SCHEME_IDS.filter((id) => refusalsOf(graph, layer)[id] === null);
      const scheme = fitting[Math.floor(random.uniform() * fitting.length)];
      const options = Object.entries(SCHEMES[scheme].options).flatMap(([name, field]): readonly (readonly [string, string | boolean])[] => {
        if (field.kind === 'choice') return [[name, field.choices[Math.floor(random.uniform() * field.choices.length)].id]];
        return field.kind === 'flag' ? [[name, random.uniform() < 0.5]] : [];
      });
      const choice: LayerChoice = random.uniform() < 0.4 ? { scheme } : { scheme, options: Object.fromEntries(options) };
      plan = { ...plan, [layer.id]: choice };
      const known = lower(graph, plan).network;
      // A copy has nothing remembered.
      const fresh = lower(structuredClone(graph), structuredClone(plan)).network;
      expect(known).toEqual(fresh);
      const writer = new ByteWriter();
      writeStructure(writer, fresh);
      const counter = new ByteCounter();
      writeStructure(counter, known);
      expect(counter.position).toBe(writer.position);
      expect(packedLayout(known)).toEqual(packedLayout(fresh));
    }
  });

  it('counts names in every script as they are written', () => {
    for (const text of ['', 'conv', 'été', '畳み込み', '🙂', 'a'.repeat(300)]) {
      const [writer, counter] = [new ByteWriter(), new ByteCounter()];
      for (const sink of [writer, counter]) {
        sink.string(text);
        for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 31]) sink.varint(value);
        for (const value of [0, -1, 63, -64, 64, -65, 1_000_000]) sink.signed(value);
      }
      expect(counter.position).toBe(writer.position);
    }
  });

  it('is of the very plan that was forecast', () => {
    const plan: Plan = { a: { scheme: 'int8' } };
    const next = planWith(plan, 'b', 'int4');
    expect(next).toEqual({ a: { scheme: 'int8' }, b: { scheme: 'int4' } });
    expect(planWith(plan, 'b', 'int4')).toBe(next);
    expect(planWith(next, 'b', 'int8')).toEqual({ a: { scheme: 'int8' }, b: { scheme: 'int8' } });
    expect(plan).toEqual({ a: { scheme: 'int8' } });
  });
});

describe('layers by name', () => {
  it('suggests what takes other layers too, with how many', async () => {
    const graph = await deepGraph(20);
    const suggested = suggestedPatterns(graph, 'blocks.2.conv1');
    expect(suggested).toEqual([
      { pattern: 'blocks.2.conv*', count: 2 },
      { pattern: 'blocks.*.conv1', count: 6 },
      { pattern: 'blocks.*.conv*', count: 12 },
    ]);
    for (const { pattern, count } of suggested) expect(layersByPattern(graph, pattern)).toHaveLength(count);
    expect(suggestedPatterns(graph, 'stem')).toEqual([]);
  });
});

describe('the diagnostics', () => {
  const page: PageFacts = {
    userAgent: 'Browser/1', language: 'en', isIsolated: false, simd: 'none', processors: 4, graphics: null,
    heapBytes: null, storedBytes: 2_000_000, reducesMotion: true, view: '1440 × 900, 1×',
  };

  it('say what is missing, in words', () => {
    const text = diagnosticText(diagnosticRows({ page, system: null, measured: null }));
    expect(text).toContain('Instructions: none: the kernels run as plain TypeScript');
    expect(text).toContain('Isolation: not cross-origin isolated: one thread');
    expect(text).toContain('Graphics: no WebGPU adapter');
    expect(text).toContain('Data: this browser, 2');
    expect(text).not.toMatch(/undefined|null|NaN/);
  });

  it('are one line each, of the program and the machine behind the page', () => {
    const system = { platform: 'Linux 6 x64', cpu: 'A processor', cores: 2, memoryBytes: 8e9, versions: { bitwright: '0.1.0', node: '20.1.0' }, shell: 'electron' } as const;
    const lines = diagnosticText(diagnosticRows({ page, system, measured: { environment: 'WebAssembly with SIMD', threads: 2 } })).split('\n');
    expect(lines).toContain('Bitwright: 0.1.0');
    expect(lines).toContain('Shell: Electron');
    expect(lines).toContain('Versions: node 20.1.0');
    expect(lines).toContain('Engine: WebAssembly with SIMD, 2 threads in the last measurement');
    expect(lines.every((line) => /^[A-Z][a-z]+: /.test(line))).toBe(true);
  });
});
