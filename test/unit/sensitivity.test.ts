import { describe, expect, test } from 'vitest';
import { cellPlaces, planEverywhere } from '../../core/analysis/sensitivity/cells.ts';
import { packedSize } from '../../core/analysis/size.ts';
import { createRandom } from '../../core/base/random.ts';
import { CancelledError } from '../../core/base/errors.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { bake } from '../../core/runtime/bake.ts';
import { deployOnce } from '../../core/runtime/deploy.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { estimate } from '../../core/runtime/re-estimate.ts';
import { continueFrom, RecordedRun, samplesIn } from '../../core/runtime/recorded-run.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { softmaxDivergence } from '../../core/tensor/divergence.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const PROBES = 20;

/** Noise pictures with the classes of a seeded draw. */
function noise(count: number): DataSet {
  const random = createRandom(77);
  const images = Uint8Array.from({ length: count * 192 }, () => random.integer(0, 256));
  const labels = Int32Array.from({ length: count }, () => random.integer(0, 4));
  return { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b', 'c', 'd'], train: null, test: { count, images, labels }, hash: `noise${count}`, notes: [] };
}

const data = noise(60);
const pixels = data.test.images as Uint8Array;
/** What the job calls signed: (pixel / 127.5) − 1, rounded once. */
const imageAt = (i: number): Float32Array => Float32Array.from(pixels.subarray(i * 192, (i + 1) * 192), (pixel) => pixel * (1 / 127.5) - 1);
const probes = Array.from({ length: PROBES }, (_, i) => imageAt(60 - PROBES + i));

const NETWORKS = { plain: plainNetwork(5), residual: residualNetwork(6) };
const scan = async (model: Model, more: object = {}) => {
  const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, context);
  return { calibration, cells: await JOBS.sensitivity({ model, calibration, data, preprocess: 'signed', samples: PROBES, ...more }, context) };
};

/** Mean KL to the float network, whole runs of whole deployments. */
function wholeDivergence(model: Model, plan: Plan, calibration: Parameters<typeof deployOnce>[0]['calibration']): number {
  const float = createRuntime(bake(model, {}, calibration), createEngine({ variant: 'wasm' }));
  const changed = createRuntime(deployOnce({ model, plan, calibration }), createEngine({ variant: 'wasm' }));
  const sum = probes.reduce((total, probe) => {
    float.run(probe);
    changed.run(probe);
    return total + softmaxDivergence(float.logits, changed.logits);
  }, 0);
  return sum / PROBES;
}

describe.each(Object.entries(NETWORKS))('the %s network', (_name, model) => {
  test('every cell alone is to the bit what a whole run of the whole deployment says', async () => {
    const { calibration, cells } = await scan(model);
    expect(cells.length).toBe(cellPlaces(model.graph).length);
    for (const { layer, scheme, divergence } of cells) {
      expect(divergence, `${layer} ${scheme}`).toBe(wholeDivergence(model, { [layer]: { scheme } }, calibration));
    }
  });

  test('every cell without is the difference of two whole runs', async () => {
    const { calibration, cells } = await scan(model, { definition: 'without' });
    expect(cells.length).toBe(cellPlaces(model.graph).length);
    for (const { layer, scheme, divergence } of cells) {
      const all = wholeDivergence(model, planEverywhere(model.graph, scheme), calibration);
      const spared = wholeDivergence(model, planEverywhere(model.graph, scheme, layer), calibration);
      expect(divergence, `${layer} ${scheme}`).toBe(all - spared);
    }
  });

  test('a network deployed near another is the same file, byte for byte', async () => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, context);
    const layers = layersOf(model.graph).map((layer) => layer.id);
    for (const base of [{}, planEverywhere(model.graph, 'binary')] satisfies Plan[]) {
      const near = estimate({ model, plan: base, calibration }, null, true).base;
      for (const [index, layer] of layers.entries()) {
        const plan: Plan = { ...base, [layer]: { scheme: 'int4' }, ...(index > 1 ? { [layers[index - 1]!]: { scheme: 'int8' } } : {}) };
        expect(writePacked(deployOnce({ model, plan, calibration }, near))).toEqual(writePacked(deployOnce({ model, plan, calibration })));
      }
    }
  });

  test.each([0, 4_000, 1e9])('a run goes on from what %i bytes of memory could keep, and from the last layer on with the fewest steps', async (bytes) => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, context);
    const last = layersOf(model.graph).at(-1)!.id;
    const program = deployOnce({ model, plan: { [last]: { scheme: 'ternary' } }, calibration });
    const recorded = await RecordedRun.over(bake(model, {}, calibration), samplesIn(probes), async () => {}, { keptBytes: bytes });
    const rest = continueFrom(recorded, program, createEngine({ variant: 'wasm' }));
    const whole = createRuntime(program, createEngine({ variant: 'wasm' }));
    if (bytes === 1e9) expect(rest.steps).toBeLessThanOrEqual(3);
    if (bytes === 0) expect(rest.steps).toBe(program.network.steps.length);
    for (const [i, probe] of probes.entries()) {
      whole.run(probe);
      expect([...rest.run(i)]).toEqual([...whole.logits]);
    }
  });
});

test('looking around a plan leads nearer to the float network, within the budget, past what is locked, by the numbers of whole runs', async () => {
  const model = NETWORKS.plain;
  const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, context);
  const plan = planEverywhere(model.graph, 'ternary');
  const bytes = packedSize(model.graph, plan).totalBytes;
  const locked: Plan = { conv2: { scheme: 'ternary' } };
  const reported: number[] = [];
  const refined = await JOBS.refinePlan(
    { model, calibration, data, preprocess: 'signed', samples: PROBES, plan, locked, costs: null, budgets: { bytes }, tied: false, rounds: 2 },
    { signal: context.signal, report: ({ done, total }) => reported.push(done / total) },
  );
  expect(refined.before).toBe(wholeDivergence(model, plan, calibration));
  expect(refined.after).toBe(wholeDivergence(model, refined.plan, calibration));
  expect(refined.after).toBeLessThan(refined.before);
  expect(packedSize(model.graph, refined.plan).totalBytes).toBeLessThanOrEqual(bytes);
  expect(refined.plan['conv2']).toEqual({ scheme: 'ternary' });
  expect(reported.every((share) => share > 0 && share <= 1)).toBe(true);
});

test('a scan that is started again measures only what is missing, and comes to the same', async () => {
  const whole = await scan(NETWORKS.plain);
  const known = whole.cells.slice(0, 9);
  const reported: number[] = [];
  const again = await JOBS.sensitivity(
    { model: NETWORKS.plain, calibration: whole.calibration, data, preprocess: 'signed', samples: PROBES, known },
    { signal: context.signal, report: ({ done }) => reported.push(done) },
  );
  expect(reported).toEqual(Array.from({ length: whole.cells.length - 9 }, (_, i) => 10 + i));
  expect(again).toEqual(whole.cells);
});

test('a scan stops within two seconds of being told to', async () => {
  const stop = new AbortController();
  let toldAt = 0;
  const calibration = await JOBS.calibrate({ model: NETWORKS.plain, data, preprocess: 'signed', samples: 32 }, context);
  const running = JOBS.sensitivity(
    { model: NETWORKS.plain, calibration, data, preprocess: 'signed', samples: 60 },
    {
      signal: stop.signal,
      report: () => {
        if (toldAt === 0) toldAt = performance.now();
        stop.abort();
      },
    },
  );
  await expect(running).rejects.toThrow(CancelledError);
  expect(performance.now() - toldAt).toBeLessThan(2000);
});

test('the noise of a layer falls as it gets bits, and one-bit weights are what makes it in a binary layer', async () => {
  const { cells } = await scan(NETWORKS.plain);
  const of = (layer: string, scheme: string) => cells.find((cell) => cell.layer === layer && cell.scheme === scheme)!.noise!;
  for (const layer of ['conv1', 'conv2', 'conv3']) {
    const decibels = ['int8', 'int4', 'ternary', 'binary'].map((scheme) => of(layer, scheme).both);
    expect(decibels).toEqual(decibels.toSorted((a, b) => b - a));
    expect(of(layer, 'binary').activations).toBeGreaterThan(of(layer, 'binary').weights + 10);
    expect(of(layer, 'binary').activations).toBe(of(layer, 'int8').activations);
  }
  // A one-bit input costs more than an 8-bit one.
  expect(of('conv2', 'xnor').activations).toBeLessThan(of('conv2', 'binary').activations - 10);
});
