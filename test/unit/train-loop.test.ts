import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { isLayer } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { quantiseKernel, weightsOf } from '../../core/runtime/layer-arithmetic.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { indexOfLargest } from '../../core/tensor/divergence.ts';
import { trainNetwork, type TrainedNetwork } from '../../core/train/loop.ts';
import type { TrainingReport } from '../../core/train/report.ts';
import { startForTest } from './train-setup.ts';
import { BASE, DATA, planOf, request, trainFloat } from './train-stripes.ts';

beforeAll(startForTest);

let floatRun: TrainedNetwork;
let calibration: Calibration;

beforeAll(async () => {
  ({ floatRun, calibration } = await trainFloat());
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
