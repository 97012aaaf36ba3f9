import { describe, expect, test } from 'vitest';
import { packedSize } from '../../core/analysis/size.ts';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { tableMilliseconds } from '../../core/bench/forecast.ts';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { prove } from '../../core/export/prove.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { SensitivityCell } from '../../core/analysis/sensitivity/cells.ts';
import type { CountProgress } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { Program } from '../../core/runtime/program.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import { plainNetwork } from '../fixtures/networks.ts';

const model = plainNetwork(5);
const layers = layersOf(model.graph).map((layer) => layer.id);
const context = { signal: new AbortController().signal, report: () => {} };

/** Noise pictures; labels say what the float network answers, or there are none. */
function noise(count: number, labelled: boolean): DataSet {
  const random = createRandom(41);
  const images = Uint8Array.from({ length: count * 192 }, () => random.integer(0, 256));
  const labels = labelled ? Int32Array.from({ length: count }, () => random.integer(0, 5)) : null;
  return { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b', 'c', 'd', 'e'], train: null, test: { count, images, labels }, hash: `noise${count}${labelled}`, notes: [] };
}

const data = noise(60, true);
const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 60 }, context);
const stateOf = (scheme: 'int8' | 'xnor' | 'float32') => ({ model, plan: uniformPlan(model.graph, scheme), calibration });

describe('evaluate', () => {
  test('without labels measures agreement, and the float network agrees with itself', async () => {
    const result = await JOBS.evaluate({ state: stateOf('float32'), reference: model, data: noise(40, false), preprocess: 'signed', offset: 0, limit: 40 }, context);
    expect(result).toMatchObject({ measure: 'agreement', correct: 40, accuracy: 1, divergence: 0 });
  });

  test('parts of the test set add up to the whole', async () => {
    const run = (offset: number, limit: number) => JOBS.evaluate({ state: stateOf('int8'), data, preprocess: 'signed', offset, limit }, context);
    const [whole, first, second] = [await run(0, 100), await run(0, 25), await run(25, 100)];
    expect(whole.count).toBe(60);
    expect([...first.predictions, ...second.predictions]).toEqual([...whole.predictions]);
    expect(first.correct + second.correct).toBe(whole.correct);
  });

  test('data of another shape is refused with what the network takes', async () => {
    const wide = { ...data, shape: [4, 16, 3] };
    await expect(JOBS.evaluate({ state: stateOf('int8'), data: wide, preprocess: 'signed', offset: 0, limit: 1 }, context)).rejects.toThrow(/takes 8×8×3/);
  });

  test('stops when it is cancelled', async () => {
    const stop = new AbortController();
    const big = noise(5000, true);
    setTimeout(() => stop.abort(), 20);
    const run = JOBS.evaluate({ state: stateOf('float32'), data: big, preprocess: 'signed', offset: 0, limit: 5000 }, { signal: stop.signal, report: () => {} });
    await expect(run).rejects.toThrow('Cancelled');
  });
});

test('sensitivity reports every layer at every scheme it can take, counted', async () => {
  const reports: (CountProgress & { cell: SensitivityCell })[] = [];
  const cells = await JOBS.sensitivity({ model, calibration, data, preprocess: 'signed', samples: 24 }, { signal: context.signal, report: (progress) => reports.push(progress) });
  // Five quantising schemes on five layers, less xnor on the first.
  expect(cells.length).toBe(5 * layers.length - 1);
  expect(reports.map(({ done, total }) => [done, total])).toEqual(cells.map((_, i) => [i + 1, cells.length]));
  const mean = (scheme: string): number => cells.filter((cell) => cell.scheme === scheme).reduce((sum, { divergence }) => sum + divergence, 0);
  expect(mean('int8')).toBeLessThan(mean('binary'));
});

test('an inspected xnor layer has two levels and the threshold of its input; an int8 layer has a clip instead', async () => {
  const xnor = await JOBS.inspectLayer({ state: stateOf('xnor'), layer: 'conv2' }, context);
  expect(xnor.levels).toHaveLength(2);
  expect(xnor.inputThreshold).toBeGreaterThan(0);
  expect(xnor.inputClip).toBeNull();
  expect(xnor.weights.counts.reduce((sum, count) => sum + count)).toBe(3 * 3 * 10 * 9);
  const int8 = await JOBS.inspectLayer({ state: stateOf('int8'), layer: 'conv2' }, context);
  expect(int8.inputThreshold).toBeNull();
  expect(int8.inputClip?.low).toBeCloseTo(0, 5);
  expect(int8.weightSqnr.int8).toBeGreaterThan(int8.weightSqnr.int4 ?? 0);
  expect(int8.weightSqnr.int4).toBeGreaterThan(int8.weightSqnr.binary ?? 0);
});

test('the speed of a float network is its own baseline; the ladder times every rung a layer can take', async () => {
  const speed = await JOBS.measureSpeed({ state: stateOf('float32'), reference: model, rounds: 3 }, context);
  expect(speed.ratio.median).toBe(1);
  expect(speed.milliseconds).toBe(speed.floatMilliseconds);
  expect(speed.layers.map(({ layer }) => layer)).toEqual(layers);
  const { rows, operators, conversions } = await JOBS.measureLadder({ graph: model.graph }, context);
  expect(rows.length).toBe(6 * layers.length - 1);
  expect(rows.every(({ cost }) => cost.median > 0 && Number.isFinite(cost.median) && cost.lowerQuartile <= cost.median && cost.median <= cost.upperQuartile)).toBe(true);
  expect(Object.values(operators).length).toBeGreaterThan(1);
  expect(Object.values(operators).every((each) => each > 0)).toBe(true);
  expect(Object.values(conversions).every((each) => each > 0)).toBe(true);
  // Every precision throughout has a forecast, max pools of signs between xnor layers included.
  const byLayer = Object.fromEntries(layers.map((layer) => [layer, Object.fromEntries(rows.filter((row) => row.layer === layer).map((row) => [row.scheme, row.cost.median]))]));
  for (const scheme of SCHEME_IDS) {
    const { network } = lower(model.graph, uniformPlan(model.graph, scheme));
    expect(tableMilliseconds(network, { layers: byLayer, operators, conversions }), scheme).toBeGreaterThan(0);
  }
});

describe('export', () => {
  test('writes what the meter said, and proves it', async () => {
    const result = await JOBS.exportNetwork({ target: 'bitw', state: stateOf('xnor'), name: 'small', data, preprocess: 'signed', proofSamples: 30 }, context);
    expect(result.files.map(({ path }) => path)).toEqual(['small.bitw']);
    expect(result.files[0].bytes.length).toBe(packedSize(model.graph, stateOf('xnor').plan).totalBytes);
    expect(result.proof).toMatchObject({ equal: true, samples: 30, answersEqual: 30 });
    expect(result.proof.rows.map(({ layer }) => layer)).toEqual(layers);
  });

  test('a target that does not exist is refused with those that do', async () => {
    const run = JOBS.exportNetwork({ target: 'floppy', state: stateOf('int8'), name: 'small', data: null, preprocess: 'signed', proofSamples: 1 }, context);
    await expect(run).rejects.toThrow(/no export target "floppy"/);
  });

  test.each(['codes', 'multiplier', 'thresholds'])('the proof finds one changed number among the %s of a layer', async (slot) => {
    const shown = deploy(stateOf('xnor'));
    const index = shown.network.steps.findIndex((step) => step.kind === 'layer' && step.parameters.some(({ name }) => name === slot));
    const values = shown.parameters[index][slot].slice();
    values[0] = slot === 'codes' ? -values[0] : values[0] + 1;
    const parameters = shown.parameters.map((step, i) => (i === index ? { ...step, [slot]: values } : step));
    const written: Program = { network: shown.network, parameters };
    const random = createRandom(3);
    const sample = Float32Array.from({ length: 192 }, () => random.normal());
    const { rows } = await prove(shown, written, () => sample, 1, () => {}, async () => {});
    const row = rows.find(({ layer }) => layer === shown.network.steps[index].node);
    expect(row?.weightsEqual).toBe(false);
  });
});
