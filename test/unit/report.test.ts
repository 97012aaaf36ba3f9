import { describe, expect, it } from 'vitest';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import type { ExportResult, NetworkState } from '../../core/jobs/contract.ts';
import { exportNetwork } from '../../core/jobs/export-network.ts';
import { JOBS } from '../../core/jobs/index.ts';
import type { ExportOrigin } from '../../core/export/context.ts';
import { report } from '../../core/export/report/index.ts';
import { html, jsonBlock } from '../../core/export/report/html.ts';
import { contextOf } from '../../core/jobs/export-context.ts';
import { packedLayout } from '../../core/export/packed/layout.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import { NetworkBuilder, plainNetwork } from '../fixtures/networks.ts';
import { pixelsFor } from '../fixtures/pixels.ts';

const progress = { signal: new AbortController().signal, report: () => {} };
const data = pixelsFor(plainNetwork(1), 60);

async function stateOf(model: Model): Promise<NetworkState> {
  const plan = Object.fromEntries(layersOf(model.graph).map(({ id }, i) => [id, { scheme: SCHEME_IDS[1 + (i % 4)] }]));
  return { model, plan, calibration: await JOBS.calibrate({ model, data, preprocess: 'unit', samples: 16 }, progress) };
}

async function exported(state: NetworkState, name = 'digits', origin: ExportOrigin = {}, withData = true): Promise<ExportResult> {
  return exportNetwork({ target: 'report', state, name, data: withData ? data : null, preprocess: 'unit', proofSamples: 8, origin }, progress);
}

const textOf = ({ files }: ExportResult): string => new TextDecoder().decode(files[0].bytes);

const EVIL = '</title></style></script><script>alert(1)</script>"\'<img src=x onerror=alert(2)>&amp;\u2028\u0000\ud800';

describe('a report', () => {
  it('is one page without scripts and without anything from elsewhere', async () => {
    const page = textOf(await exported(await stateOf(plainNetwork(1))));
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('<script type="application/json"');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:\/\/|src=|\son\w+=|@import|url\(/);
  });

  it('has the same bytes each time', async () => {
    const state = await stateOf(plainNetwork(1));
    expect((await exported(state)).files).toEqual((await exported(state)).files);
  });

  it('is read again: every layer, the size and the hash are those of the packed network', async () => {
    const state = await stateOf(plainNetwork(1));
    const { proof, files } = await exported(state);
    expect(files.map(({ path }) => path)).toEqual(['digits.html']);
    expect(proof).toMatchObject({ equal: true, samples: 0 });
    expect(proof.rows.map(({ outputs, differences }) => [outputs, differences])).toEqual(layersOf(state.model.graph).map(() => [4, 0]));
    const page = textOf({ files } as ExportResult);
    const layout = packedLayout(deploy(state).network);
    const count = (value: number): string => value.toLocaleString('en');
    expect(page).toContain(`${count(layout.totalBytes)} bytes`);
    for (const { id } of layersOf(state.model.graph)) {
      const row = page.split('<tr>').find((line) => line.includes(`<td class="name">${id}</td>`));
      expect(row).toContain(`<td class="n">${count(layout.nodes[id])}</td>`);
    }
  });

  it('is refused where it shows something else than its facts, or its facts are not the network’s', async () => {
    const state = await stateOf(plainNetwork(1));
    const program = deploy(state);
    const context = contextOf(program, { state, name: 'digits', data, preprocess: 'unit' }, progress);
    const { reader, write } = report(context);
    if (reader.kind !== 'document') throw new Error('A report is a document.');
    const [file] = await write(program, 'digits');
    const page = new TextDecoder().decode(file.bytes);
    const checked = (text: string) => reader.check([{ path: file.path, bytes: new TextEncoder().encode(text) }], program);
    expect(checked(page)('conv1')).toEqual({ count: 4, wrong: 0 });
    expect(() => checked(page.replace('smaller than', 'SMALLER THAN'))).toThrow(/something else than its facts/);
    expect(() => checked(page.replace('bitwright-report"', 'x"'))).toThrow(/no facts/);
    const other = deploy({ ...state, plan: { ...state.plan, conv2: { scheme: 'int8' } } });
    expect(() => reader.check([file], other)).toThrow(/another size or hash/);
  });

  it('writes a dash and the reason where nothing was measured', async () => {
    const page = textOf(await exported(await stateOf(plainNetwork(1)), 'digits', {}, false));
    expect(page).toContain('No data set was at hand.');
    expect(page.match(/<span class="missing">–<\/span>/g)).toHaveLength(2);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('says what was measured, on how many samples, and where', async () => {
    const accuracy = { count: 60, correct: 45, accuracy: 0.75, measure: 'accuracy', interval: { low: 0.62, high: 0.84 }, divergence: 0.01 } as const;
    const speed = { milliseconds: 1.5, floatMilliseconds: 3, ratio: { median: 2, lowerQuartile: 1.9, upperQuartile: 2.1 }, rounds: 50, threads: 1, environment: 'WebAssembly with SIMD, 1 thread', layers: [{ layer: 'conv1', milliseconds: 0.5, floatMilliseconds: 1, kernel: 'int8' }] };
    const page = textOf(await exported(await stateOf(plainNetwork(1)), 'digits', { measured: { accuracy, floatAccuracy: { ...accuracy, correct: 48, accuracy: 0.8 }, speed }, command: 'bitwright export a.onnx --target report' }));
    for (const text of ['45 of 60 samples', '−5.0\u00a0pt', '2.0× faster than', 'quartiles of 50 rounds', 'WebAssembly with SIMD, 1 thread', 'Wilson', '<span>--target</span>']) expect(page).toContain(text);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('shows names as they are, whatever they hold', async () => {
    const net = new NetworkBuilder(1, [1, 4, 4, 2]);
    net.dense(`${EVIL}dense`, net.flatten(`${EVIL}flat`, net.conv(`${EVIL}conv`, 'input', 3)), 2);
    const state: NetworkState = { model: net.build(EVIL), plan: {}, calibration: NO_CALIBRATION };
    const result = await exported(state, EVIL, { command: EVIL, sourceName: EVIL, training: { recipe: { note: EVIL }, seed: 1, layers: { [EVIL]: { frozen: true } }, from: null, data: null, changes: [EVIL] } }, false);
    expect(result.proof.equal).toBe(true);
    const page = textOf(result);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<img/g)).toBeNull();
    // The page's, and one for each bar of the chart.
    expect(page.match(/<\/title>/g)).toHaveLength(3);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page).toContain('&lt;img src=x onerror=alert(2)&gt;&amp;amp;');
  });

  it('of one layer and of hundreds has a chart of finite numbers', async () => {
    for (const layers of [1, 300]) {
      const net = new NetworkBuilder(1, [1, 4]);
      let value = 'input';
      for (let i = 0; i < layers; i++) value = net.dense(`dense ${i}`, value, 4);
      const page = textOf(await exported({ model: net.build('deep'), plan: {}, calibration: NO_CALIBRATION }, 'deep', {}, false));
      expect(page).not.toMatch(/NaN|undefined|Infinity/);
      expect(page.match(/<figure>/g)).toHaveLength(Math.min(24, layers));
    }
  });
});

describe('the writer of pages', () => {
  it('escapes what is put in and keeps what is written', () => {
    expect(html`<b title="${'"a" & <b>'}">${["'", html`<i>${'<'}</i>`]}${null}${3}</b>`.text).toBe('<b title="&quot;a&quot; &amp; &lt;b&gt;">&#39;<i>&lt;</i>3</b>');
  });
  it('writes JSON that ends no script and is read as it was', () => {
    const value = { text: EVIL };
    const { text } = jsonBlock(value);
    expect(text).not.toMatch(/<|\u2028/);
    expect(JSON.parse(text)).toEqual(value);
  });
});
