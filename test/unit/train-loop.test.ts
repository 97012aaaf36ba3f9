import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { isLayer } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { initialValues } from '../../core/quant/fields.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { quantiseKernel, weightsOf } from '../../core/runtime/layer-arithmetic.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { indexOfLargest } from '../../core/tensor/divergence.ts';
import { trainNetwork, type TrainedNetwork, type TrainingRequest } from '../../core/train/loop.ts';
import { RECIPE_FIELDS, recipeOf, type Recipe } from '../../core/train/recipe.ts';
import type { TrainingReport } from '../../core/train/report.ts';
import { LAW_NETWORKS } from '../conformance/train-networks.ts';
import { startForTest } from './train-setup.ts';

beforeAll(startForTest);

/** Five kinds of stripes in noise, 8×8×3: easy, but not for an untrained network. */
function stripes(count: number, seed: number): DataSet {
  const random = createRandom(seed);
  const images = new Float32Array(count * 192);
  const labels = Int32Array.from({ length: count }, () => random.integer(0, 5));
  labels.forEach((label, n) => {
    for (let i = 0; i < 192; i++) {
      const y = Math.floor(i / 24);
      const x = Math.floor(i / 3) % 8;
      const wave = [x, y, x + y, x - y, 2 * x][label];
      images[n * 192 + i] = Math.sin(wave * 1.3) + random.normal(0, 0.6);
    }
  });
  const samples = { count, images, labels };
  return { name: 'stripes', format: 'test', shape: [8, 8, 3], classes: ['0', '1', '2', '3', '4'], train: samples, test: samples, hash: `stripes ${count} ${seed}`, notes: [] };
}

const DATA = stripes(480, 61);
const TEACHER = LAW_NETWORKS.plain(62);
const BASE: Recipe = { ...recipeOf(initialValues(RECIPE_FIELDS)), epochs: 3, batch: 40, warmUpSteps: 3, validationShare: 0.25 };

const request = (changes: Partial<TrainingRequest>): TrainingRequest => ({
  model: TEACHER,
  plan: {},
  calibration: NO_CALIBRATION,
  teacher: null,
  data: DATA,
  preprocess: 'raw',
  recipe: BASE,
  seed: 7,
  ...changes,
});

function planOf(scheme: SchemeId): Plan {
  const layers = TEACHER.graph.nodes.filter(isLayer);
  return Object.fromEntries(layers.map((node, i) => [node.id, { scheme: i === 0 || i === layers.length - 1 ? 'int8' : scheme }]));
}

let floatRun: TrainedNetwork;
let calibration: Calibration;

beforeAll(async () => {
  floatRun = await trainNetwork(request({ recipe: { ...BASE, epochs: 10, learningRate: 0.01 } }));
  const images = DATA.test.images as Float32Array;
  calibration = await calibrate(floatRun.model, watchFloat(floatRun.model), (i) => images.subarray(i * 192, (i + 1) * 192), 96, { observer: 'mse' });
});

describe('A training run', () => {
  it('in float32 learns the task', () => {
    const losses = floatRun.history.map(({ loss }) => loss);
    expect(losses[0]).toBeGreaterThan(1);
    expect(losses[losses.length - 1]).toBeLessThan(0.5);
    expect(floatRun.simulatedAccuracy).toBeGreaterThan(0.85);
    expect(floatRun.split.validation.length).toBe(120);
  });

  it.each(['int8', 'int4', 'ternary', 'binary', 'xnor'] as const)('in %s answers deployed as it answers simulated, and its scales are what they were', async (scheme) => {
    const plan = planOf(scheme);
    const before = tf.memory().numTensors;
    const result = await trainNetwork(request({ model: floatRun.model, plan, calibration, teacher: floatRun.model }));
    expect(tf.memory().numTensors).toBe(before);
    expect(result.calibration.images.length).toBe(0);
    for (const [id, { grid }] of Object.entries(result.calibration.values)) expect(grid).toEqual(calibration.values[id].grid);
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);

    // Fixed scales: the ones the start weights had, and they are in force in the deployed network.
    for (const node of result.model.graph.nodes) {
      const kept = result.calibration.weightScales?.[node.id];
      if (!kept || !isLayer(node)) continue;
      const channels = kept.scale.length;
      const first = quantiseKernel(weightsOf(floatRun.model, node, 'kernel') as Float32Array, channels, plan, node.id, calibration).scale;
      const last = quantiseKernel(weightsOf(result.model, node, 'kernel') as Float32Array, channels, plan, node.id, result.calibration).scale;
      expect([...kept.scale]).toEqual([...first]);
      expect([...last]).toEqual([...first]);
      expect(last.every((scale) => scale > 0)).toBe(true);
      expect([...(weightsOf(result.model, node, 'kernel') as Float32Array)]).not.toEqual([...(weightsOf(floatRun.model, node, 'kernel') as Float32Array)]);
    }
    const fixed = Object.keys(result.calibration.weightScales ?? {}).length;
    expect(fixed).toBe(Object.values(plan).filter((choice) => choice.scheme.startsWith('int')).length);

    const runtime = createRuntime(deploy({ model: result.model, plan, calibration: result.calibration }), createEngine({ variant: 'wasm' }));
    const images = DATA.test.images as Float32Array;
    let correct = 0;
    for (const index of result.split.validation) {
      runtime.run(images.subarray(index * 192, (index + 1) * 192));
      if (indexOfLargest(runtime.logits) === (DATA.test.labels as Int32Array)[index]) correct++;
    }
    expect(Math.abs(correct / result.split.validation.length - result.simulatedAccuracy)).toBeLessThanOrEqual(1 / result.split.validation.length);
  });

  it('goes on from a checkpoint as if it had never stopped, through the stages of one-bit layers', async () => {
    const common = { model: floatRun.model, plan: planOf('xnor'), calibration, teacher: floatRun.model };
    const checkpoints: { step: number; bytes: Uint8Array }[] = [];
    const whole = await trainNetwork(request({ ...common, report: ({ step, checkpoint }) => checkpoint && checkpoints.push({ step, bytes: checkpoint }) }));
    expect(checkpoints.map(({ step }) => step)).toEqual([9, 18, 27]);
    for (const { bytes } of checkpoints.slice(0, 2)) {
      const resumed = await trainNetwork(request({ ...common, resume: bytes }));
      expect(resumed.history).toEqual(whole.history);
      for (const [id, values] of whole.model.weights) expect([...(resumed.model.weights.get(id) ?? [])], id).toEqual([...values]);
    }
  });

  it('refuses a checkpoint of another run, and one that is damaged', async () => {
    let bytes: Uint8Array | undefined;
    await trainNetwork(request({ recipe: { ...BASE, epochs: 1 }, report: ({ checkpoint }) => (bytes = checkpoint ?? bytes) }));
    await expect(trainNetwork(request({ recipe: { ...BASE, epochs: 1 }, seed: 8, resume: bytes }))).rejects.toThrow('belongs to another run');
    await expect(trainNetwork(request({ resume: bytes?.slice(0, 100) }))).rejects.toThrow('cannot be used');
  });

  it('stops soon when it is cancelled, leaves no tensor behind, and hands over what it reached', async () => {
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    const reports: TrainingReport[] = [];
    const run = trainNetwork(request({ recipe: { ...BASE, epochs: 200 }, signal: controller.signal, report: (report) => reports.push(report) }));
    setTimeout(() => controller.abort(), 150);
    await expect(run).rejects.toThrow(CancelledError);
    expect(tf.memory().numTensors).toBe(before);
    const last = reports[reports.length - 1];
    expect(last.step).toBeGreaterThan(0);
    expect(last.step).toBeLessThan(last.steps);
    const resumed = trainNetwork(request({ recipe: { ...BASE, epochs: 200 }, resume: last.checkpoint, signal: AbortSignal.timeout(200) }));
    await expect(resumed).rejects.toThrow(CancelledError);
  });

  it('says what to do when the loss is not a number any more', async () => {
    await expect(trainNetwork(request({ recipe: { ...BASE, learningRate: 1e30 } }))).rejects.toThrow(/Training diverged/);
  });

  it('without labels follows the teacher', async () => {
    const unlabelled = { ...DATA, train: { ...(DATA.train as NonNullable<DataSet['train']>), labels: null } };
    const result = await trainNetwork(request({ model: floatRun.model, plan: planOf('ternary'), calibration, teacher: floatRun.model, data: unlabelled }));
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);
    await expect(trainNetwork(request({ data: unlabelled }))).rejects.toThrow('no labels');
  });

  it('with augmentation still gives the same run for the same seed', async () => {
    const recipe = { ...BASE, epochs: 1, augment: 'crop-flip' } as const;
    const runs = await Promise.all([1, 2].map(() => trainNetwork(request({ recipe, model: floatRun.model, plan: planOf('int4'), calibration, teacher: floatRun.model }))));
    expect(runs[0].history).toEqual(runs[1].history);
    const other = await trainNetwork(request({ recipe, seed: 8, model: floatRun.model, plan: planOf('int4'), calibration, teacher: floatRun.model }));
    expect(other.history).not.toEqual(runs[0].history);
  });
});
