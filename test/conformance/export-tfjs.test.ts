import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { proveByRuntime, type Proof } from '../../core/export/prove.ts';
import { tfjs } from '../../core/export/tfjs/index.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { openTfjs } from '../../electron/cli/tfjs-runtime.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const SEED = 400;
const SAMPLES = 4;

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(1000 + index);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

async function deployed(model: Model, plan: Plan): Promise<Program> {
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 16, { observer: 'mse' }) });
}

async function proved(model: Model, program: Program): Promise<Proof> {
  const { reader } = tfjs;
  if (reader.kind !== 'runtime') throw new Error('A folder is opened by a runtime.');
  const opened = await reader.open(await tfjs.write(program, 'case'), program, { compileC: null, openOnnx: null, openTfjs });
  const proof = await proveByRuntime(program, opened, reader, { samples: (i) => sampleOf(model, 500 + i), count: SAMPLES, onRow: () => {}, breathe: () => Promise.resolve() });
  opened.close();
  return proof;
}

const seeds = (count: number, first: number): number[] => Array.from({ length: count }, (_, i) => first + i);
/** Signs meet each other, and borders, only where most layers are xnor. */
const AMONG: readonly (readonly SchemeId[])[] = [SCHEME_IDS, SCHEME_IDS.filter((id) => id !== 'float32'), ['xnor', 'xnor', 'xnor', 'int8']];

describe(`TensorFlow.js stores what the studio stores (random networks and plans from seed ${SEED})`, () => {
  it.each(seeds(36, SEED))('seed %i: integers to the bit, and what depends on real sums within a hundredth', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, randomPlanOf(model, seed, AMONG[seed % AMONG.length]));
    expect((await tfjs.supports(program)).filter(({ severity }) => severity === 'refused')).toEqual([]);
    const proof = await proved(model, program);
    expect(proof.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(proof.answersEqual + proof.ties).toBe(SAMPLES);
  });
});

describe('sums that real numbers of 32 bits do not hold', () => {
  it('are made of two, and are the same to the bit', async () => {
    const net = new NetworkBuilder(9, [1, 4, 4, 3]);
    const wide = net.relu('wide-relu', net.conv('wide', 'input', 96));
    const deep = net.conv('deep', wide, 40);
    net.dense('dense', net.flatten('flat', net.relu('deep-relu', deep)), 5);
    const built = net.build('wide');
    // Weights of one magnitude have the largest codes.
    const weights = new Map([...built.weights].map(([id, values]) => [id, id.endsWith('.kernel') ? values.map((value) => Math.sign(value) * 0.1) : values]));
    const model: Model = { ...built, weights };
    const program = await deployed(model, { wide: { scheme: 'int8' }, deep: { scheme: 'int8' }, dense: { scheme: 'int8' } });
    const [{ bytes }] = await tfjs.write(program, 'case');
    const json = new TextDecoder().decode(bytes);
    expect(json.split('"op":"Conv2D"').length - 1).toBe(3);
    const proof = await proved(model, program);
    expect(proof).toMatchObject({ answersEqual: SAMPLES, ties: 0 });
    expect(proof.rows.map(({ differences, deviation = 0 }) => differences + deviation)).toEqual([0, 0, 0]);
  });
});
