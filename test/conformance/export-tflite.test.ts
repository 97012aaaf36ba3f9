import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { Exporter } from '../../core/export/exporter.ts';
import { proveByRuntime } from '../../core/export/prove.ts';
import { lce, tflite } from '../../core/export/tflite/index.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { openTflite } from '../fixtures/litert-runtime.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const SEED = 400;
const SAMPLES = 4;
const MACHINE = { compileC: null, openOnnx: null, openTflite };

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(1000 + index);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

const AMONG: readonly (readonly SchemeId[])[] = [SCHEME_IDS, SCHEME_IDS.filter((id) => id !== 'float32'), ['xnor', 'xnor', 'xnor', 'int8'], ['int8', 'int4']];

async function deployed(model: Model, seed: number): Promise<Program> {
  const plan = randomPlanOf(model, seed, AMONG[seed % AMONG.length]);
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 16, { observer: 'mse' }) });
}

function opened(target: Exporter, program: Program, bytes: Uint8Array) {
  const { reader } = target;
  if (reader.kind !== 'runtime') throw new Error('A TensorFlow Lite file is opened by a runtime.');
  return reader.open([{ path: 'case.tflite', bytes }], program, MACHINE);
}

/** A float32 sum in another order, as a share of the largest number of its step. */
const REAL = 2e-6;

/** Steps whose numbers are further from the studio's than the format of the result allows, each begun from the studio's values. */
async function tooFar(target: Exporter, model: Model, program: Program): Promise<readonly string[]> {
  const [{ bytes }] = await target.write(program, 'case');
  const file = await opened(target, program, bytes);
  const own = createRuntime(program, createEngine({ variant: 'wasm' }));
  const { steps, buffers } = program.network;
  const found = new Set<string>();
  for (let i = 0; i < SAMPLES; i++) {
    const sample = sampleOf(model, 500 + i);
    own.run(sample);
    await file.run(sample, (buffer) => own.read(buffer));
    for (const step of steps) {
      const [expected, actual] = [own.read(step.output), file.read(step.output)];
      const { format } = buffers[step.output];
      const largest = format === 'float32' ? (expected as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3) : 1;
      const allowed = format === 'float32' ? REAL * largest : format === 'int8' ? 1 : 0;
      const isNear = actual !== null && actual.length === expected.length && expected.every((value, k) => Math.abs(value - actual[k]) <= allowed);
      if (!isNear) found.add(`${step.kind} ${step.node}: ${buffers[step.inputs[0]].format} → ${format}`);
    }
  }
  file.close();
  return [...found];
}

const seeds = (count: number, first: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe(`LiteRT computes every step as the studio does (random networks and plans from seed ${SEED})`, () => {
  it.each(seeds(44, SEED))('seed %i: signs to the bit, 8-bit numbers within one step, real numbers but for the order of sums', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, seed);
    expect((await tflite.supports(program)).filter(({ severity }) => severity === 'refused')).toEqual([]);
    expect(await tooFar(tflite, model, program)).toEqual([]);
  });

  it('among these seeds are all ways to make and to read signs, and windows with every kind of border', () => {
    const seen = new Set<string>();
    for (const seed of seeds(44, SEED)) {
      const model = randomNetwork(seed);
      const { steps, buffers } = lower(model.graph, randomPlanOf(model, seed, AMONG[seed % AMONG.length])).network;
      for (const step of steps) {
        const [from, to] = [buffers[step.inputs[0]].format, buffers[step.output].format];
        const padded = step.kind === 'layer' && step.geometry.padTop + step.geometry.padLeft > 0;
        if (padded && from === 'sign') seen.add(`border ${String(step.options['padding'])}`);
        if (to === 'sign' || from === 'sign') seen.add(`${step.kind} ${from} → ${to}`);
      }
    }
    expect([...seen].sort()).toEqual([
      'border minus', 'border plus', 'border zero',
      'layer int8 → sign', 'layer sign → float32', 'layer sign → int8', 'layer sign → sign', 'op sign → sign', 'sign-pack float32 → sign',
    ]);
  });

  // What these layers store hardly ever moves, so that one step of their sums is more than all of its range.
  it.each([643, 711, 742])('seed %i: multipliers that a runtime does not take are computed in real numbers', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, seed);
    expect(program.parameters.some(({ multiplier, outputGrid }) => outputGrid && multiplier?.some((m) => Math.abs(m) > 128))).toBe(true);
    expect(await tooFar(tflite, model, program)).toEqual([]);
  });
});

describe('Larq’s operators, read from the file’s bits, compute every step as the studio does', () => {
  it.each([...seeds(28, SEED).filter((seed) => seed % AMONG.length < 3), 711])('seed %i: signs to the bit, 8-bit numbers within one step', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, seed);
    expect((await lce.supports(program)).filter(({ severity }) => severity === 'refused')).toEqual([]);
    expect(await tooFar(lce, model, program)).toEqual([]);
  });
});

describe('opened again as a network', () => {
  // A pool with a border that SAME does not make is written as operators that are not read back.
  const isRead = (seed: number): boolean => randomNetwork(seed).graph.nodes.every(({ op }) => op !== 'max-pool' && op !== 'average-pool');
  it.each(seeds(16, SEED + 200).filter(isRead))('seed %i: a float32 file answers the same', async (seed) => {
    const model = randomNetwork(seed);
    const program = deploy({ model, plan: {}, calibration: await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 4, { observer: 'mse' }) });
    const again = await readNetwork([{ name: 'case.tflite', bytes: (await tflite.write(program, 'case'))[0].bytes }]);
    expect(again.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const sample = sampleOf(model, seed);
    const [expected, actual] = [model, again.model].map((one) => Float32Array.from(createFloatRuntime(one).run(sample)));
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    expected.forEach((value, i) => expect(Math.abs(actual[i] - value) / largest).toBeLessThan(1e-5));
  });
});

describe('answers of the file as it ships', () => {
  it.each([tflite, lce])('are the studio’s or as good: $id', async (target) => {
    let equal = 0;
    let ties = 0;
    let largest = 0;
    for (const seed of seeds(16, SEED)) {
      const model = randomNetwork(seed);
      const program = await deployed(model, seed);
      const file = await opened(target, program, (await target.write(program, 'case'))[0].bytes);
      if (target.reader.kind !== 'runtime') throw new Error('A TensorFlow Lite file is opened by a runtime.');
      const proof = await proveByRuntime(program, file, target.reader, { samples: (i) => sampleOf(model, 500 + i), count: SAMPLES, onRow: () => {}, breathe: () => Promise.resolve() });
      file.close();
      expect(proof.rows.filter(({ differences }) => differences > 0)).toEqual([]);
      largest = proof.rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), largest);
      equal += proof.answersEqual;
      ties += proof.ties;
    }
    expect(largest).toBeLessThan(0.02);
    expect(equal + ties).toBe(16 * SAMPLES);
    expect(ties).toBeLessThanOrEqual(2);
  });
});
