import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { LAYER_PIECES } from '../../core/export/c99/layer-pieces.ts';
import { OPERATOR_PIECES } from '../../core/export/c99/operator-pieces.ts';
import { XNOR_PIECES } from '../../core/export/c99/xnor-pieces.ts';
import { openC99 } from '../../core/export/c99/proof.ts';
import { writeC99 } from '../../core/export/c99/write.ts';
import { c99 } from '../../core/export/c99/index.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { isFloatLayer, type Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { COMPILER, machineWith, NO_COMPILER } from '../fixtures/c-compiler.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const STRICT = ['-Werror', '-O1'];
const SANITISED = [...STRICT, '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** Vectors of this processor, where the flag that asks for them is known. */
const NATIVE = process.arch === 'x64' ? ['-march=native'] : [];
/** Of the networks that exports.test.ts proves for every target; here to the bit, with the whole answer. */
const CASES = 19;
/** A network with a depthwise layer of real numbers. */
const FLOAT_DEPTHWISE = 34;
const AT_A_TIME = 4;
const SAMPLES = 3;

const sampleOf = (model: Model, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal());
};

/** Every second network with vectors, every second pair under sanitisers. */
function flagsFor(seed: number): readonly string[] {
  return [...(seed % 4 < 2 ? SANITISED : STRICT), ...(seed % 2 === 0 ? NATIVE : [])];
}

async function programOf(seed: number): Promise<Program> {
  const model = randomNetwork(seed);
  const calibration = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i + 1), 16, { observer: 'mse' });
  return deploy({ model, plan: randomPlanOf(model, seed, seed % 4 === 3 ? ['xnor'] : SCHEME_IDS), calibration });
}

/** Of the networks that were compiled. */
const sources: string[] = [];

/** Every stored number of every step that is further from the studio's than it may be. */
async function faultsOf(program: Program, flags: readonly string[]): Promise<readonly string[]> {
  const files = writeC99(program, 'case');
  sources.push(new TextDecoder().decode(files[0].bytes));
  const opened = await openC99(files, program, machineWith(flags));
  const shown = createRuntime(program, createEngine({ variant: 'wasm' }));
  const { buffers, steps, inputs } = program.network;
  const isInteger = !steps.some((step) => step.kind === 'layer' && isFloatLayer(step));
  const faults: string[] = [];
  try {
    for (let i = 0; i < SAMPLES; i++) {
      const random = createRandom(900 + i);
      const sample = Float32Array.from({ length: elementCount(buffers[inputs[0]].shape) }, () => random.normal());
      const answers = shown.run(sample).slice();
      const answer = await opened.run(sample, (buffer) => shown.read(buffer));
      if (isInteger && !answer.every((value, k) => Object.is(value, answers[k]))) faults.push(`the answer of a whole run is ${answer}, not ${answers}`);
      for (const [index, step] of steps.entries()) {
        const expected = shown.read(step.output);
        const found = opened.read(step.output);
        const tolerance = c99.reader.kind === 'runtime' ? c99.reader.tolerance(step) : 0;
        let largest = 0;
        for (let k = 0; k < expected.length; k++) largest = Math.max(largest, Math.abs(expected[k]));
        const wrong = Array.from(expected).findIndex((value, k) => (tolerance === 0 ? !Object.is(value, found?.[k]) : !(Math.abs(value - (found?.[k] ?? NaN)) <= tolerance * largest)));
        if (wrong >= 0 || found?.length !== expected.length) faults.push(`step ${index}, ${step.kind} ${step.node}, ${buffers[step.output].format}: number ${wrong} is ${found?.[wrong]}, not ${expected[wrong]}`);
      }
    }
  } finally {
    opened.close();
  }
  return faults;
}

describe.skipIf(COMPILER === null)(`networks as C99${COMPILER === null ? `: ${NO_COMPILER}` : ''}`, () => {
  const seeds = [...Array.from({ length: CASES }, (_, i) => i + 1), FLOAT_DEPTHWISE];
  const groups = Array.from({ length: seeds.length / AT_A_TIME }, (_, i) => seeds.slice(AT_A_TIME * i, AT_A_TIME * (i + 1)));

  it('codes become numbers again', async () => {
    const shape = [1, 3, 3, 5];
    const program: Program = {
      network: {
        name: 'there and back',
        buffers: [{ id: 'a', shape, format: 'float32' }, { id: 'b', shape, format: 'int8' }, { id: 'c', shape, format: 'float32' }],
        steps: [
          { kind: 'quantise', node: 'b', inputs: [0], output: 1, parameters: [{ name: 'grid', type: 'float32', count: 2 }] },
          { kind: 'dequantise', node: 'c', inputs: [1], output: 2, parameters: [{ name: 'grid', type: 'float32', count: 2 }] },
        ],
        inputs: [0],
        outputs: [2],
      },
      parameters: [{ grid: Float32Array.of(0.013, -7) }, { grid: Float32Array.of(0.013, -7) }],
    };
    expect(await faultsOf(program, STRICT)).toEqual([]);
  });

  it.each(
    (['minus', 'zero', 'plus'] as const).flatMap((padding) => [[padding, 'plain', STRICT], [padding, 'with vectors', [...STRICT, ...NATIVE]], [padding, 'with vectors under sanitisers', [...SANITISED, ...NATIVE]]] as const),
  )('one-bit layers of whole and of broken blocks of channels, padded by %s, %s', async (padding, _how, flags) => {
    const net = new NetworkBuilder(5, [1, 5, 7, 3]);
    let at = net.relu('relu', net.batchNorm('norm', net.conv('first', 'input', 40)));
    for (const [i, channels] of [64, 96, 13, 32, 70, 32].entries()) at = net.batchNorm(`norm${i}`, net.conv(`conv${i}`, at, channels, { size: i === 4 ? 1 : 3, stride: i === 2 ? 2 : 1 }));
    net.dense('dense', net.dense('hidden', net.flatten('flatten', at), 64), 3);
    const model = net.build('blocks');
    const calibration = await calibrate(model, watchFloat(model), (i) => sampleOf(model, i + 1), 16, { observer: 'mse' });
    const plan: Plan = Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, id === 'first' ? { scheme: 'binary' } : { scheme: 'xnor', options: { padding } }]));
    expect(await faultsOf(deploy({ model, plan, calibration }), flags)).toEqual([]);
  }, 60_000);

  it.each(groups)('random networks %i, %i, %i and %i compile without a warning and store what the studio stores', async (...group) => {
    const faults = await Promise.all(group.map(async (seed) => (await faultsOf(await programOf(seed), flagsFor(seed))).map((fault) => `network ${seed}: ${fault}`)));
    expect(faults.flat()).toEqual([]);
  }, 60_000);

  it('which need every piece of C that there is', () => {
    const missing = Object.entries({ ...LAYER_PIECES, ...XNOR_PIECES, ...OPERATOR_PIECES }).filter(([, { text }]) => !sources.some((source) => source.includes(text.trim())));
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});
