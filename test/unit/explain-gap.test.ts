import { describe, expect, test } from 'vitest';
import type { Gap, PlanGap, Standing, ValueGap } from '../../core/analysis/gap/gap.ts';
import { planEverywhere } from '../../core/analysis/sensitivity/cells.ts';
import { packedSize } from '../../core/analysis/size.ts';
import { CancelledError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import type { NetworkState } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { NO_NOISE_DECIBELS } from '../../core/quant/signal-to-noise.ts';
import { deployOnce } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { indexOfLargest, softmaxDivergence } from '../../core/tensor/divergence.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const IMAGES = 40;
const PROBES = 24;

function noise(labelled: boolean): DataSet {
  const random = createRandom(91);
  const images = Uint8Array.from({ length: IMAGES * 192 }, () => random.integer(0, 256));
  const labels = labelled ? Int32Array.from({ length: IMAGES }, () => random.integer(0, 4)) : null;
  return { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b', 'c', 'd'], train: null, test: { count: IMAGES, images, labels }, hash: `noise${labelled}`, notes: [] };
}

const data = noise(true);
const imageAt = (i: number): Float32Array => Float32Array.from((data.test.images as Uint8Array).subarray(i * 192, (i + 1) * 192), (pixel) => pixel * (1 / 127.5) - 1);

const calibrate = (model: Model) => JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, context);
const explain = (before: NetworkState, after: NetworkState, reference: Model, more: object = {}): Promise<Gap> =>
  JOBS.explainGap({ before, after, reference, data, preprocess: 'signed', samples: PROBES, ...more }, context);

/** Whole runs of the whole deployment, nothing taken over from another network. */
function wholeStanding(model: Model, plan: Plan, calibration: NetworkState['calibration'], labels = data.test.labels): Standing {
  const float = createFloatRuntime(model);
  const network = createRuntime(deployOnce({ model, plan, calibration }), createEngine({ variant: 'wasm' }));
  let divergence = 0;
  let right = 0;
  for (let i = 0; i < PROBES; i++) {
    float.run(imageAt(i));
    network.run(imageAt(i));
    divergence += softmaxDivergence(float.logits, network.logits);
    if (indexOfLargest(network.logits) === (labels?.[i] ?? indexOfLargest(float.logits))) right++;
  }
  return { divergence: Math.round((divergence / PROBES) * 2 ** 40) / 2 ** 40, right };
}

const minus = (a: Standing, b: Standing): Standing => ({ divergence: a.divergence - b.divergence, right: a.right - b.right });

describe.each(Object.entries({ plain: plainNetwork(5), residual: residualNetwork(6) }))('a gap between two plans of the %s network', (_name, model) => {
  const layers = layersOf(model.graph).map(({ id }) => id);
  const before: Plan = { [layers[0]]: { scheme: 'int8' }, [layers[1]]: { scheme: 'int8' } };
  const after: Plan = { [layers[0]]: { scheme: 'int8' }, [layers[1]]: { scheme: 'binary' }, [layers[2]]: { scheme: 'ternary' }, [layers.at(-1)!]: { scheme: 'int4' } };
  const differing = [layers[1], layers[2], layers.at(-1)];

  const walked = async (): Promise<{ readonly gap: PlanGap; readonly calibration: NetworkState['calibration'] }> => {
    const calibration = await calibrate(model);
    return { gap: (await explain({ model, plan: before, calibration }, { model, plan: after, calibration }, model)) as PlanGap, calibration };
  };

  test('is made by the layers that differ, in the order of the network', async () => {
    const { gap } = await walked();
    expect(gap.kind).toBe('plan');
    expect(gap.steps.map(({ layer }) => layer)).toEqual(differing);
    expect(gap.steps[0].before.scheme).toBe('int8');
    expect(gap.steps[0].after.scheme).toBe('binary');
  });

  test('is the exact sum of what they contribute, in nats, in right answers and in bytes', async () => {
    const { gap } = await walked();
    const sum = (of: (step: PlanGap['steps'][number]) => number): number => gap.steps.reduce((total, step) => total + of(step), 0);
    expect(sum((step) => step.inTurn.divergence)).toBe(gap.after.divergence - gap.before.divergence);
    expect(sum((step) => step.inTurn.right)).toBe(gap.after.right - gap.before.right);
    expect(sum((step) => step.bytes)).toBe(packedSize(model.graph, after).totalBytes - packedSize(model.graph, before).totalBytes);
    expect(gap.after.divergence).not.toBe(gap.before.divergence);
  });

  test('has the numbers of whole runs of whole deployments, in turn and alone', async () => {
    const { gap, calibration } = await walked();
    const start = wholeStanding(model, before, calibration);
    expect(gap.before).toEqual(start);
    expect(gap.after).toEqual(wholeStanding(model, after, calibration));
    let plan = before;
    let standing = start;
    for (const { layer, inTurn, alone } of gap.steps) {
      plan = { ...plan, [layer]: after[layer]! };
      const next = wholeStanding(model, plan, calibration);
      expect(inTurn, `${layer} in turn`).toEqual(minus(next, standing));
      expect(alone, `${layer} alone`).toEqual(minus(wholeStanding(model, { ...before, [layer]: after[layer]! }, calibration), start));
      standing = next;
    }
  });

  test('arrives layer by layer, and what has arrived adds up at every moment', async () => {
    const calibration = await calibrate(model);
    const seen: PlanGap[] = [];
    const report = (progress: { readonly soFar?: Gap; readonly done: number; readonly total: number }): void => {
      expect(progress.done).toBeLessThanOrEqual(progress.total);
      if (progress.soFar) seen.push(progress.soFar as PlanGap);
    };
    await JOBS.explainGap({ before: { model, plan: before, calibration }, after: { model, plan: after, calibration }, reference: model, data, preprocess: 'signed', samples: PROBES }, { ...context, report });
    expect(seen.map(({ steps }) => steps.length)).toEqual([1, 2, 3]);
    for (const { steps, before: start, after: now } of seen) expect(steps.reduce((sum, step) => sum + step.inTurn.divergence, 0)).toBe(now.divergence - start.divergence);
  });

  test('backwards is as large, and of no layer where the plans say the same in other words', async () => {
    const calibration = await calibrate(model);
    const states = [before, after].map((plan) => ({ model, plan, calibration }));
    const [there, back] = [await explain(states[0], states[1], model), await explain(states[1], states[0], model)];
    expect([back.before, back.after]).toEqual([there.after, there.before]);
    const same = (await explain({ model, plan: {}, calibration }, { model, plan: { [layers[1]]: { scheme: 'float32' } }, calibration }, model)) as PlanGap;
    expect(same.steps).toEqual([]);
    expect(same.before).toEqual({ divergence: 0, right: same.after.right });
  });
});

describe('a gap between networks', () => {
  const model = residualNetwork(6);
  /** As if trained: the kernel of one layer a little moved. */
  const movedAt = (layer: string): Model => {
    const random = createRandom(7);
    const { kernel } = layersOf(model.graph).find(({ id }) => id === layer)!.weights;
    const weights = new Map(model.weights);
    weights.set(kernel, model.weights.get(kernel)!.map((w) => w * random.uniform(0.6, 1.4)));
    return { graph: model.graph, weights };
  };

  test('of other weights is told by the values of their layers: none before the one that moved, some from it on', async () => {
    const layers = layersOf(model.graph).map(({ id }) => id);
    const moved = movedAt(layers[1]);
    const gap = (await explain({ model, plan: {}, calibration: await calibrate(model) }, { model: moved, plan: {}, calibration: await calibrate(moved) }, model)) as ValueGap;
    expect(gap.kind).toBe('values');
    expect(gap.layers.map(({ layer }) => layer)).toEqual(layers);
    expect(gap.layers[0].between).toBe(NO_NOISE_DECIBELS);
    expect(gap.layers[1].between).toBeLessThan(30);
    for (const { before, after, between } of gap.layers) expect([before, after]).toEqual([NO_NOISE_DECIBELS, between]);
    expect(gap.before.divergence).toBe(0);
    expect(gap.after.divergence).toBeGreaterThan(0);
  });

  test('reads integers in real units', async () => {
    const int8: Plan = Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, { scheme: 'int8' }]));
    const moved = movedAt(layersOf(model.graph)[1].id);
    const gap = (await explain({ model: moved, plan: {}, calibration: await calibrate(moved) }, { model, plan: int8, calibration: await calibrate(model) }, model)) as ValueGap;
    for (const { layer, after } of gap.layers) expect(after, layer).toBeGreaterThan(15);
  });

  test('says nothing of a layer of which only signs are stored', async () => {
    const plan = planEverywhere(model.graph, 'xnor');
    const calibration = await calibrate(model);
    const { steps, buffers } = deployOnce({ model, plan, calibration }).network;
    const signs = steps.flatMap((step) => (step.kind === 'layer' && buffers[step.output].format === 'sign' ? [step.node] : []));
    expect(signs.length).toBeGreaterThan(0);
    const moved = movedAt(layersOf(model.graph)[1].id);
    const gap = (await explain({ model: moved, plan: {}, calibration: await calibrate(moved) }, { model, plan, calibration }, model)) as ValueGap;
    expect(gap.layers.filter(({ after }) => after === null).map(({ layer }) => layer)).toEqual(signs);
    expect(gap.layers.every(({ before }) => before !== null)).toBe(true);
  });

  test('without labels is of agreement with the float network', async () => {
    const calibration = await calibrate(model);
    const plan = planEverywhere(model.graph, 'binary');
    const gap = await explain({ model, plan: {}, calibration }, { model, plan, calibration }, model, { data: noise(false) });
    expect([gap.measure, gap.before.right, gap.images]).toEqual(['agreement', PROBES, PROBES]);
    expect(gap.after).toEqual(wholeStanding(model, plan, calibration, null));
  });

  test('can be cancelled', async () => {
    const calibration = await calibrate(model);
    const plan: Plan = Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, { scheme: 'int4' }]));
    const stop = new AbortController();
    const report = (): void => stop.abort();
    const arg = { before: { model, plan: {}, calibration }, after: { model, plan, calibration }, reference: model, data, preprocess: 'signed', samples: IMAGES } as const;
    await expect(JOBS.explainGap(arg, { signal: stop.signal, report })).rejects.toThrow(CancelledError);
  });
});
