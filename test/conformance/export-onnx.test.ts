import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { Exporter } from '../../core/export/exporter.ts';
import { onnx, onnxQdq, qonnx } from '../../core/export/onnx/index.ts';
import { proveByRuntime, type Proof } from '../../core/export/prove.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { readOnnx } from '../../core/import/onnx/schema.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { openOnnx } from '../fixtures/onnx-runtime.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const SEED = 465;
const SAMPLES = 6;
/** Others are proved for every target by exports.test.ts. */
const PROVED = 24;
const MACHINE = { openOnnx };

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(1000 + index);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

async function deployed(model: Model, plan: Plan): Promise<Program> {
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 16, { observer: 'mse' }) });
}

async function proved(target: Exporter, model: Model, program: Program): Promise<Proof> {
  const { reader } = target;
  if (reader.kind !== 'runtime') throw new Error('An ONNX file is opened by a runtime.');
  const opened = await reader.open(await target.write(program, 'case'), program, MACHINE);
  const proof = await proveByRuntime(program, opened, reader, { samples: (i) => sampleOf(model, 500 + i), count: SAMPLES, onRow: () => {}, breathe: () => Promise.resolve() });
  opened.close();
  return proof;
}

const seeds = (count: number, first: number): number[] => Array.from({ length: count }, (_, i) => first + i);
/** Signs meet each other, and borders, only where most layers are xnor. */
const AMONG: readonly (readonly SchemeId[])[] = [SCHEME_IDS, SCHEME_IDS.filter((id) => id !== 'float32'), ['xnor', 'xnor', 'xnor', 'int8']];

describe(`ONNX Runtime stores what the studio stores (random networks and plans from seed ${SEED})`, () => {
  it.each(seeds(PROVED, SEED))('seed %i: integers to the bit, and what depends on real sums within a hundredth', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, randomPlanOf(model, seed, AMONG[seed % AMONG.length]));
    expect((await onnx.supports(program)).filter(({ severity }) => severity === 'refused')).toEqual([]);
    const proof = await proved(onnx, model, program);
    expect(proof.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(proof.answersEqual + proof.ties).toBe(SAMPLES);
  });

  it.each(seeds(8, SEED))('seed %i: the same in QONNX, its nodes replaced by their definition', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, randomPlanOf(model, seed, AMONG[seed % AMONG.length]));
    expect((await qonnx.supports(program)).filter(({ severity }) => severity === 'refused')).toEqual([]);
    const proof = await proved(qonnx, model, program);
    expect(proof.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(proof.answersEqual + proof.ties).toBe(SAMPLES);
  });

  it('among these seeds are bordered signs of every kind, signs from sums and signs pooled', () => {
    const seen = new Set<string>();
    for (const seed of seeds(PROVED, SEED)) {
      const model = randomNetwork(seed);
      const { steps, buffers } = lower(model.graph, randomPlanOf(model, seed, AMONG[seed % AMONG.length])).network;
      for (const step of steps) {
        const [from, to] = [buffers[step.inputs[0]].format, buffers[step.output].format];
        const padded = step.kind === 'layer' && step.geometry.padTop + step.geometry.padLeft > 0;
        if (padded && from === 'sign') seen.add(`border ${String(step.options['padding'])}`);
        if (to === 'sign') seen.add(step.kind === 'op' ? step.op : step.kind);
      }
    }
    expect([...seen].sort()).toEqual(['border minus', 'border plus', 'border zero', 'layer', 'max-pool', 'sign-pack']);
  });

  // PRelu is not read back.
  it.each(seeds(8, SEED + 200).filter((seed) => randomNetwork(seed).graph.nodes.every(({ op }) => op !== 'rprelu')))('seed %i: opened again as a network, a float32 file answers the same', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, {});
    const [{ path, bytes }] = await onnx.write(program, 'case');
    const again = await readNetwork([{ name: path, bytes }]);
    expect(again.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const sample = sampleOf(model, seed);
    const [expected, actual] = [model, again.model].map((one) => Float32Array.from(createFloatRuntime(one).run(sample)));
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    expected.forEach((value, i) => expect(Math.abs(actual[i] - value) / largest).toBeLessThan(1e-5));
  });

  it.each(seeds(8, SEED + 100))('seed %i: the form for accelerators deviates by a tenth at most', async (seed) => {
    const model = randomNetwork(seed);
    const proof = await proved(onnxQdq, model, await deployed(model, randomPlanOf(model, seed, ['int8', 'int4'])));
    expect(proof.rows.filter(({ differences }) => differences > 0)).toEqual([]);
  });
});

describe('sums that real numbers of 32 bits do not hold', () => {
  it('are made in integers, and are the same to the bit', async () => {
    const net = new NetworkBuilder(9, [1, 4, 4, 3]);
    const wide = net.relu('wide-relu', net.conv('wide', 'input', 96));
    const deep = net.conv('deep', wide, 40);
    net.dense('dense', net.flatten('flat', net.relu('deep-relu', deep)), 5);
    const built = net.build('wide');
    // Weights of one magnitude have the largest codes.
    const weights = new Map([...built.weights].map(([id, values]) => [id, id.endsWith('.kernel') ? values.map((value) => Math.sign(value) * 0.1) : values]));
    const model: Model = { ...built, weights };
    const program = await deployed(model, { wide: { scheme: 'int8' }, deep: { scheme: 'int8' }, dense: { scheme: 'int8' } });
    const [{ path, bytes }] = await onnx.write(program, 'case');
    const named = new Map(readOnnx(path, bytes).nodes.map(({ name, opType }) => [name, opType]));
    expect(['wide', 'deep', 'dense'].map((layer) => named.get(layer))).toEqual(['Conv', 'ConvInteger', 'MatMulInteger']);
    const proof = await proved(onnx, model, program);
    expect(proof).toMatchObject({ answersEqual: SAMPLES, ties: 0 });
    expect(proof.rows.map(({ differences, deviation = 0 }) => differences + deviation)).toEqual([0, 0, 0]);
    // QONNX has no integers to go to: the same layers may round, and say how far.
    expect((await proved(qonnx, model, program)).rows.map(({ differences, deviation }) => [differences, deviation !== undefined])).toEqual([[0, false], [0, true], [0, true]]);
  });
});
