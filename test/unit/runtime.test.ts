import { describe, expect, test } from 'vitest';
import { packedSize } from '../../core/analysis/size.ts';
import { createRandom } from '../../core/base/random.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate, withFewerImages } from '../../core/quant/calibrate.ts';
import { measuredImages, type Calibration } from '../../core/quant/calibration.ts';
import { bake } from '../../core/runtime/bake.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import { SCHEMES, SCHEME_IDS } from '../../core/schemes/index.ts';
import { layerFacts } from '../../core/schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { softmaxDivergence } from '../../core/tensor/divergence.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const sampleOf = (model: Model, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal());
};

const calibrated = (model: Model): Promise<Calibration> =>
  calibrate(model, watchFloat(model), (i) => sampleOf(model, i + 1), 64, { observer: 'mse' });

/** A random scheme for every layer that can take it. */
function randomPlan(model: Model, seed: number): Plan {
  const random = createRandom(seed);
  return Object.fromEntries(
    layersOf(model.graph).map((layer) => {
      const possible = SCHEME_IDS.filter((id) => SCHEMES[id].refusal(layerFacts(model.graph, layer)) === null);
      return [layer.id, { scheme: random.pick(possible) }];
    }),
  );
}

const uniform = (model: Model, scheme: SchemeId): Plan =>
  Object.fromEntries(
    layersOf(model.graph)
      .filter((layer) => SCHEMES[scheme].refusal(layerFacts(model.graph, layer)) === null)
      .map((layer) => [layer.id, { scheme }]),
  );

const NETWORKS = { plain: plainNetwork, residual: residualNetwork };

describe.each(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[])('the %s network', (name) => {
  const model = NETWORKS[name](1);

  test.each(Array.from({ length: 12 }, (_, i) => i))('random plan %i: the meter equals the file to the byte, and the file read back is the same network', async (seed) => {
    const plan = randomPlan(model, seed);
    const program = deploy({ model, plan, calibration: await calibrated(model) });
    const bytes = writePacked(program);
    expect(bytes.length).toBe(packedSize(model.graph, plan).totalBytes);
    const again = readPacked(bytes, 'test.bitw');
    expect(writePacked(again)).toEqual(bytes);
    const shown = createRuntime(program, createEngine({ variant: 'wasm' }));
    const written = createRuntime(again, createEngine({ variant: 'wasm' }));
    for (let i = 0; i < 5; i++) expect([...written.run(sampleOf(model, 900 + i))]).toEqual([...shown.run(sampleOf(model, 900 + i))]);
  });

  test.each(['int8', 'int4', 'ternary', 'binary', 'xnor'] as const)('%s everywhere gives the same integers on fast and on reference kernels', async (scheme) => {
    const program = deploy({ model, plan: uniform(model, scheme), calibration: await calibrated(model) });
    const fast = createRuntime(program, createEngine({ variant: 'wasm' }));
    const reference = createRuntime(program, createEngine({ variant: 'reference' }));
    const { steps, buffers } = program.network;
    const floating = steps.some((step) => step.kind === 'layer' && step.scheme === 'float32');
    for (let i = 0; i < 8; i++) {
      const sample = sampleOf(model, 500 + i);
      fast.run(sample);
      reference.run(sample);
      for (const step of floating ? [] : steps) {
        const where = `${step.kind} ${step.node} ${buffers[step.output].format}`;
        expect([where, ...fast.read(step.output)]).toEqual([where, ...reference.read(step.output)]);
      }
    }
  });

  test('comparing in the accumulator gives the same signs as comparing real numbers', async () => {
    const calibration = await calibrated(model);
    const plan = uniform(model, 'xnor');
    const program = bake(model, plan, calibration);
    const fused = createRuntime(program, createEngine({ variant: 'reference' }));
    // A float32 copy of a fused step: y = clip(m·acc + b), then y ≥ t, with the numbers of the unfused lowering.
    const { bakeStep } = await import('../../core/runtime/bake.ts');
    const { lower } = await import('../../core/runtime/lower.ts');
    const lowering = lower(model.graph, plan, { fuseSigns: false });
    const parameters = lowering.network.steps.map((_, index) => bakeStep({ model, plan, calibration, lowering }, index));
    const split = createRuntime({ network: lowering.network, parameters }, createEngine({ variant: 'reference' }));
    let compared = 0;
    let different = 0;
    for (let i = 0; i < 20; i++) {
      const sample = sampleOf(model, 700 + i);
      fused.run(sample);
      split.run(sample);
      program.network.buffers.forEach((buffer, index) => {
        if (buffer.format !== 'sign') return;
        const twin = lowering.network.buffers.findIndex((other) => other.id === buffer.id && other.format === 'sign');
        // Signs in front of a pool stand behind it in the split form, where they are compared.
        if (twin < 0) return expect(name).toBe('plain');
        const [a, b] = [fused.read(index), split.read(twin)];
        for (let k = 0; k < a.length; k++) {
          compared++;
          if (a[k] !== b[k]) different++;
        }
      });
    }
    expect(compared).toBeGreaterThan(name === 'plain' ? 1000 : 100);
    // The split form rounds y to float32 before it compares; only exact ties may differ.
    expect(different).toBeLessThanOrEqual(compared / 1000);
  });

  test('int8 stays close to float32', async () => {
    const program = deploy({ model, plan: uniform(model, 'int8'), calibration: await calibrated(model) });
    const float = createFloatRuntime(model);
    const integer = createRuntime(program, createEngine({ variant: 'wasm' }));
    let divergence = 0;
    for (let i = 0; i < 40; i++) {
      float.run(sampleOf(model, 300 + i));
      integer.run(sampleOf(model, 300 + i));
      divergence += softmaxDivergence(float.logits, integer.logits) / 40;
    }
    expect(divergence).toBeLessThan(0.02);
  });

  test('the same inputs deploy to the same bytes', async () => {
    const calibration = await calibrated(model);
    const plan = randomPlan(model, 99);
    const first = writePacked(deploy({ model, plan, calibration }));
    const copy: Model = { graph: structuredClone(model.graph), weights: structuredClone(model.weights) as Model['weights'] };
    expect(writePacked(deploy({ model: copy, plan, calibration: structuredClone(calibration) }))).toEqual(first);
  });
});

test('re-estimation brings ternary networks nearer to their float ones, and never takes one farther away', async () => {
  let plain = 0;
  let corrected = 0;
  for (const model of [1, 2, 3].flatMap((seed) => [plainNetwork(seed), residualNetwork(seed)])) {
    const calibration = await calibrated(model);
    const plan = uniform(model, 'ternary');
    const float = createFloatRuntime(model);
    const divergenceOf = (program: ReturnType<typeof bake>): number => {
      const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
      let sum = 0;
      for (let i = 0; i < 60; i++) {
        float.run(sampleOf(model, 2000 + i));
        runtime.run(sampleOf(model, 2000 + i));
        sum += softmaxDivergence(float.logits, runtime.logits);
      }
      return sum;
    };
    const before = divergenceOf(bake(model, plan, calibration));
    const after = divergenceOf(deploy({ model, plan, calibration }));
    plain += before;
    corrected += after;
    // Judged on held-out calibration images; these are others, so a little may be lost.
    expect(after).toBeLessThan(before * 1.15);
  }
  expect(corrected).toBeLessThan(plain * 0.9);
});

test('re-estimation compares with float statistics of the very images that it measures', async () => {
  const model = plainNetwork(1);
  const whole = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 200, { observer: 'mse' });
  const size = whole.images.length / sampleOf(model, 0).length;
  const measured = measuredImages(size);
  expect([size, measured]).toEqual([96, 72]);
  const part = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), measured, { observer: 'mse' });
  expect(whole.matched).toEqual(part.layers);
  expect(whole.matched).not.toEqual(whole.layers);
  expect(measuredImages(3)).toBe(0);
  const fewer = withFewerImages(whole, watchFloat(model), sampleOf(model, 0).length, 32);
  const few = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 24, { observer: 'mse' });
  expect(fewer.images.length).toBe(32 * sampleOf(model, 0).length);
  expect(fewer.matched).toEqual(few.layers);
});

test('a plan that a layer refuses says which layer and why', () => {
  const model = plainNetwork(1);
  expect(() => packedSize(model.graph, { conv1: { scheme: 'xnor' } })).toThrow(/conv1 cannot be XNOR: .*raw image/);
});

test('an integer plan without calibration says what to do', () => {
  const model = plainNetwork(1);
  const empty: Calibration = { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: '' };
  expect(() => bake(model, { conv1: { scheme: 'int8' } }, empty)).toThrow(/range of "input" has not been measured/);
});
