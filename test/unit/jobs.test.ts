import { describe, expect, test } from 'vitest';
import { packedSize } from '../../core/analysis/size.ts';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { tableMilliseconds } from '../../core/bench/forecast.ts';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { prove } from '../../core/export/prove.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { SensitivityCell } from '../../core/analysis/sensitivity/cells.ts';
import type { FixTrial } from '../../core/jobs/analysis-results.ts';
import type { CountProgress, NetworkState } from '../../core/jobs/contract.ts';
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
    const big = noise(40_000, true);
    setTimeout(() => stop.abort(), 20);
    const run = JOBS.evaluate({ state: stateOf('float32'), data: big, preprocess: 'signed', offset: 0, limit: 40_000 }, { signal: stop.signal, report: () => {} });
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

test('an inspected xnor layer has two levels and the thresholds of its input; an int8 layer has a clip instead', async () => {
  const xnor = await JOBS.inspectLayer({ state: stateOf('xnor'), layer: 'conv2' }, context);
  expect(xnor.picture.levels).toHaveLength(2);
  expect(xnor.inputThresholds?.median).toBeGreaterThan(0);
  expect(xnor.inputThresholds?.low).toBeLessThanOrEqual(xnor.inputThresholds?.high ?? 0);
  expect(xnor.inputClip).toBeNull();
  expect(xnor.picture.weights.counts.reduce((sum, count) => sum + count)).toBe(3 * 3 * 10 * 9);
  const int8 = await JOBS.inspectLayer({ state: stateOf('int8'), layer: 'conv2' }, context);
  expect(int8.inputThresholds).toBeNull();
  expect(int8.inputClip?.low).toBeCloseTo(0, 5);
  expect(int8.weightSqnr.int8).toBeGreaterThan(int8.weightSqnr.int4 ?? 0);
  expect(int8.weightSqnr.int4).toBeGreaterThan(int8.weightSqnr.binary ?? 0);
});

describe('the picture of one channel', () => {
  const state = { model, plan: { conv2: { scheme: 'int4' as const } }, calibration };

  test('adds up with those of the other channels to the picture of the layer', async () => {
    const whole = await JOBS.inspectLayer({ state, layer: 'conv2' }, context);
    const each = await Promise.all(Array.from({ length: 9 }, (_, channel) => JOBS.inspectChannel({ state, layer: 'conv2', channel }, context)));
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(each.map(({ weights }) => sum(weights.counts))).toEqual(Array.from({ length: 9 }, () => 90));
    expect(sum(each.map(({ clippedShare }) => clippedShare)) / 9).toBeCloseTo(whole.picture.clippedShare, 12);
    each.forEach(({ sqnr }, channel) => expect(sqnr).toBeCloseTo(whole.channels.values[channel], 4));
  });

  test('marks as clipped exactly the weights beyond its own last level, and has all fifteen levels', async () => {
    const { levels, clip, clippedCounts, weights, clippedShare } = await JOBS.inspectChannel({ state, layer: 'conv2', channel: 0 }, context);
    const kernel = model.weights.get('conv2.kernel') ?? new Float32Array(0);
    const beyond = kernel.filter((weight, i) => i % 9 === 0 && Math.abs(weight) > (clip?.high ?? 0)).length;
    expect(levels).toHaveLength(15);
    expect(clip?.high).toBeCloseTo((levels[14] / 7) * 7.5, 6);
    expect(clippedCounts.reduce((total, count) => total + count)).toBe(beyond);
    expect(clippedShare).toBeCloseTo(beyond / 90, 12);
    clippedCounts.forEach((count, bin) => expect(count).toBeLessThanOrEqual(weights.counts[bin]));
  });

  test('of a ternary layer says which weights become zero', async () => {
    const ternary = { ...state, plan: { conv2: { scheme: 'ternary' as const } } };
    const { zeroBand, zeroShare } = await JOBS.inspectChannel({ state: ternary, layer: 'conv2', channel: 4 }, context);
    const kernel = model.weights.get('conv2.kernel') ?? new Float32Array(0);
    const inside = kernel.filter((weight, i) => i % 9 === 4 && Math.abs(weight) < (zeroBand?.[1] ?? 0)).length;
    expect(zeroShare).toBeCloseTo(inside / 90, 12);
    expect(inside).toBeGreaterThan(10);
  });
});

test('weights that training fixed a scale for are shown with that scale, as they are deployed', async () => {
  const scale = new Float32Array(9).fill(0.05);
  const trained = { ...calibration, hash: 'trained', weightScales: { conv2: { scheme: 'int8', scale } } };
  const { picture } = await JOBS.inspectLayer({ state: { model, plan: { conv2: { scheme: 'int8' } }, calibration: trained }, layer: 'conv2' }, context);
  expect(picture.scale).toBeCloseTo(0.05, 6);
});

describe('fixes of a layer', () => {
  const plan = { conv2: { scheme: 'binary' as const }, conv3: { scheme: 'binary' as const } };
  const state = { model, plan, calibration };
  const arg = { state, reference: model, layer: 'conv2', data, preprocess: 'signed' as const, samples: 60 };

  test('are measured in the network as it stands: the same figures as evaluating the edited plan', async () => {
    const reports: { done: number; total: number; trial?: FixTrial }[] = [];
    const choices = [{ scheme: 'int8' as const }, { scheme: 'ternary' as const }];
    const { baseline, trials, split } = await JOBS.tryFixes({ ...arg, choices }, { signal: context.signal, report: (progress) => reports.push(progress) });
    expect(split).toBe('test');
    const evaluate = (edited: NetworkState['plan']) => JOBS.evaluate({ state: { ...state, plan: edited }, reference: model, data, preprocess: 'signed', offset: 0, limit: 60 }, context);
    const [before, after] = [await evaluate(plan), await evaluate({ ...plan, conv2: choices[0] })];
    expect(baseline.divergence).toBeCloseTo(before.divergence, 10);
    expect(baseline.correct).toBe(before.correct);
    expect(trials[0].divergence).toBeCloseTo(after.divergence, 10);
    expect(trials[0].correct).toBe(after.correct);
    expect(trials[0].gain.divergence.change).toBeCloseTo(after.divergence - before.divergence, 10);
    expect(trials[0].gain.accuracy.change).toBeCloseTo(after.accuracy - before.accuracy, 10);
    expect(trials[0].bytes).toBe(packedSize(model.graph, { ...plan, conv2: choices[0] }).totalBytes - packedSize(model.graph, plan).totalBytes);
    expect(reports.flatMap(({ trial }) => trial ?? [])).toEqual(trials);
    expect(reports.at(-1)).toMatchObject({ done: 240, total: 240 });
  });

  test('a choice that changes nothing does not help; int8 in the place of one bit does', async () => {
    const { trials } = await JOBS.tryFixes({ ...arg, choices: [plan.conv2, { scheme: 'int8' }] }, context);
    expect(trials[0].gain).toMatchObject({ helps: false, divergence: { change: 0, halfWidth: 0 } });
    expect(trials[0].bytes).toBe(0);
    expect(trials[1].gain.helps).toBe(true);
  });

  test('that are worth trying come from the causes, and every one of them can be deployed', async () => {
    const { findings, fixes, output, dead } = await JOBS.diagnoseLayer({ state, layer: 'conv2', hasData: true }, context);
    expect(findings.map(({ rule }) => rule)).toContain('coarse-grid');
    expect(fixes.map(({ choice }) => choice.scheme)).toContain('ternary');
    expect(output?.images).toBeGreaterThan(3);
    expect(dead.every((channel) => channel < 9)).toBe(true);
    const { trials } = await JOBS.tryFixes({ ...arg, samples: 4, choices: fixes.map(({ choice }) => choice) }, context);
    expect(trials).toHaveLength(fixes.length);
  });

  test('without data the weights alone are looked at', async () => {
    const { output, findings } = await JOBS.diagnoseLayer({ state, layer: 'conv2', hasData: false }, context);
    expect(output).toBeNull();
    expect(findings.map(({ rule }) => rule)).toContain('coarse-grid');
  });

  test('stop being tried when that is cancelled', async () => {
    const stop = new AbortController();
    const big = noise(3000, true);
    setTimeout(() => stop.abort(), 30);
    const run = JOBS.tryFixes({ ...arg, data: big, samples: 3000, choices: [{ scheme: 'int8' }] }, { signal: stop.signal, report: () => {} });
    await expect(run).rejects.toThrow('Cancelled');
  });
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
    const { rows } = await prove(shown, written, { samples: () => sample, count: 1, onRow: () => {}, breathe: async () => {} });
    const row = rows.find(({ layer }) => layer === shown.network.steps[index].node);
    expect(row?.weightsEqual).toBe(false);
  });
});

test('rungs that are not chosen keep their signal to noise while the chosen one has its options moved, and another kernel has its own', async () => {
  const inspect = (threshold: number, of = model) => JOBS.inspectLayer({ state: { model: of, plan: { conv2: { scheme: 'ternary', options: { threshold } } }, calibration }, layer: 'conv2' }, context);
  const [first, moved] = [await inspect(0.7), await inspect(1.4)];
  expect(moved.weightSqnr.int4).toBe(first.weightSqnr.int4);
  expect(moved.weightSqnr.ternary).toBeLessThan(first.weightSqnr.ternary ?? 0);
  const other = await inspect(0.7, plainNetwork(6));
  expect(other.weightSqnr.int4).not.toBe(first.weightSqnr.int4);
});
