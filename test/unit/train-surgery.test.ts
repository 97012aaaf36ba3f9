import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount, isLayer, type Model } from '../../core/graph/graph.ts';
import { verifyModel } from '../../core/graph/verify.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { prepareForTraining, type Preparation } from '../../core/train/prepare.ts';
import { LAW_NETWORKS } from '../conformance/train-networks.ts';

const COUNT = 60;
const PLAIN: Preparation = { shortcuts: 'none', rprelu: false, samples: () => new Float32Array(0) };

function planOf(model: Model): Plan {
  const layers = model.graph.nodes.filter(isLayer);
  return Object.fromEntries(layers.map((node, i) => [node.id, { scheme: i === 0 || i === layers.length - 1 || node.op === 'depthwise-conv2d' ? 'int8' : 'xnor' }]));
}

async function prepared(make: (seed: number) => Model, seed: number): Promise<{ before: Model; after: Model; plan: Plan; calibration: Calibration; left: Calibration; samples: Float32Array[] }> {
  const before = make(seed);
  const random = createRandom(seed + 1);
  const size = elementCount(before.graph.inputs[0].shape);
  const samples = Array.from({ length: COUNT }, () => Float32Array.from({ length: size }, () => random.normal()));
  const measured = await calibrate(before, watchFloat(before), (i) => samples[i], COUNT, { observer: 'mse' });
  const calibration = { ...measured, images: new Float32Array(0) };
  const plan = planOf(before);
  const { model, calibration: left } = prepareForTraining(before, plan, calibration, PLAIN);
  return { before, after: model, plan, calibration, left, samples };
}

/** No channel of a one-bit input is constant: those are completed on purpose, and answer otherwise. */
function isLively(model: Model, plan: Plan, calibration: Calibration): boolean {
  const oneBit = model.graph.nodes.filter((node) => plan[node.id]?.scheme === 'xnor');
  return oneBit.every((node) => calibration.values[node.inputs[0]].twoLevel.halfStep.every((step) => step > 0));
}

async function firstLively(make: (seed: number) => Model): ReturnType<typeof prepared> {
  for (let seed = 51; ; seed++) {
    const result = await prepared(make, seed);
    if (isLively(result.before, result.plan, result.calibration)) return result;
  }
}

describe('Preparing layers for one-bit inputs', () => {
  for (const [name, make] of Object.entries(LAW_NETWORKS)) {
    it(`keeps what the deployed ${name} network answers`, async () => {
      const { before, after, plan, calibration, left, samples } = await firstLively(make);
      verifyModel(after);
      const answers = [{ model: before, calibration }, { model: after, calibration: left }].map((state) => {
        const runtime = createRuntime(deploy({ ...state, plan }), createEngine({ variant: 'wasm' }));
        return samples.map((sample) => {
          runtime.run(sample);
          return runtime.logits.slice();
        });
      });
      const top = Math.max(...answers[0].flatMap((row) => [...row].map(Math.abs)));
      const equal = answers[0].filter((row, i) => row.every((value, c) => Math.abs(value - answers[1][i][c]) <= 0.03 * top)).length;
      // A value that lies on its threshold may fall to the other side when the threshold is folded into batch norm.
      expect(equal).toBeGreaterThanOrEqual(COUNT - 2);
    });
  }

  it('removes every ReLU that only one-bit layers read, through pools and reshapes, and keeps the others', async () => {
    const { before, after } = await prepared(LAW_NETWORKS.plain, 52);
    const rectifiers = (model: Model): number => model.graph.nodes.filter((node) => node.op === 'relu').length;
    expect(rectifiers(before)).toBe(4);
    // The last one feeds the int8 layer.
    expect(rectifiers(after)).toBe(1);
    const residual = await prepared(LAW_NETWORKS.residual, 53);
    // The stem's is also added, and the last one feeds the int8 layer.
    expect(rectifiers(residual.before) - rectifiers(residual.after)).toBe(3);
  });

  it('gives each such layer one threshold a channel, also behind a flattened image', async () => {
    const { after, plan } = await prepared(LAW_NETWORKS.plain, 54);
    const shifts = after.graph.nodes.filter((node) => plan[node.id]?.scheme === 'xnor').map((node) => after.graph.weights[(node.weights as Record<string, string>)['shift']].shape);
    expect(shifts).toEqual([[8], [12], [8]]);
  });

  it('forgets what was measured of values that are on another scale now, and only that', async () => {
    const { calibration, left } = await prepared(LAW_NETWORKS.residual, 56);
    const forgotten = Object.keys(calibration.values).filter((id) => !(id in left.values));
    expect(forgotten.length).toBeGreaterThan(0);
    for (const [id, statistics] of Object.entries(left.values)) expect(statistics).toEqual(calibration.values[id] ?? calibration.values[id.replace(/\/norm$/, '')]);
  });

  it('changes nothing in a network that is prepared already, nor in one without such layers', async () => {
    const { before, after, plan, calibration } = await prepared(LAW_NETWORKS.plain, 55);
    expect(prepareForTraining(after, plan, calibration, PLAIN).model).toBe(after);
    expect(prepareForTraining(before, {}, calibration, PLAIN).model).toBe(before);
  });
});
