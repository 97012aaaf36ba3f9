import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { PACKAGE_FILES } from '../../core/export/web/package-files.generated.ts';
import type * as Declared from '../../core/export/web/package/bitwright-runtime.d.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { importModule } from '../../electron/cli/import-module.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const SEED = 400;
const CASES = 60;
const SAMPLES = 4;

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(2000 + index);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

async function deployed(model: Model, plan: Plan): Promise<Program> {
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), (i) => sampleOf(model, i), 8, { observer: 'mse' }) });
}

describe(`the runtime that ships, over the bytes that ship (random networks and plans from seed ${SEED})`, () => {
  let loadNetwork: typeof Declared.loadNetwork;
  beforeAll(async () => {
    ({ loadNetwork } = (await importModule(PACKAGE_FILES['bitwright-runtime.js'])) as Pick<typeof Declared, 'loadNetwork'>);
  });

  it.each(Array.from({ length: CASES }, (_, i) => SEED + i))('seed %i: everything that it stores and answers is what the studio stores and answers', async (seed) => {
    const model = randomNetwork(seed);
    const program = await deployed(model, randomPlanOf(model, seed));
    const own = createRuntime(program, createEngine({ variant: 'wasm' }));
    const bytes = writePacked(program);
    const [inspected, plain] = await Promise.all([loadNetwork(bytes, { inspect: true }), loadNetwork(bytes)]);
    expect(inspected.inputShape).toEqual(model.graph.inputs[0].shape.slice(1));
    for (let i = 0; i < SAMPLES; i++) {
      const sample = sampleOf(model, 500 + i);
      const expected = own.run(sample).slice();
      expect(inspected.run(sample)).toEqual(expected);
      expect(plain.run(sample)).toEqual(expected);
      const different = inspected.tensors.filter((_, index) => Buffer.compare(bytesOf(inspected.read(index)), bytesOf(own.read(index))) !== 0);
      expect(different).toEqual([]);
    }
  });

  it('gives results that the next run leaves alone', async () => {
    const model = randomNetwork(SEED);
    const network = await loadNetwork(writePacked(await deployed(model, {})));
    const first = network.run(sampleOf(model, 1));
    const kept = first.slice();
    network.run(sampleOf(model, 2));
    expect(first).toEqual(kept);
  });

  it('takes what fetch and file inputs give, and says what a server answered', async () => {
    const model = randomNetwork(SEED);
    const bytes = writePacked(await deployed(model, {}));
    const sources = [bytes, bytes.slice().buffer, new Blob([bytes.slice()]), new Response(bytes.slice())];
    const answers = await Promise.all(sources.map(async (source) => (await loadNetwork(source)).run(sampleOf(model, 1))));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await expect(loadNetwork(new Response('', { status: 404 }), { name: 'a.bitw' })).rejects.toThrow(/the server answered 404/);
  });

  it('refuses damage, other files, inputs of another length and builds that do not run', async () => {
    const model = randomNetwork(SEED);
    const bytes = writePacked(await deployed(model, {}));
    const broken = bytes.slice();
    broken[Math.floor(broken.length / 2)] ^= 1;
    await expect(loadNetwork(broken)).rejects.toThrow(/checksum/);
    await expect(loadNetwork(new Uint8Array(3))).rejects.toThrow(/damaged|not a packed/);
    await expect(loadNetwork(new TextEncoder().encode('<!doctype html><p>Not found'))).rejects.toThrow(/not a packed Bitwright network/);
    const network = await loadNetwork(bytes);
    expect(() => network.run(new Float32Array(1))).toThrow(/takes \d+ numbers/);
    expect(() => network.read(0)).toThrow(/outputs alone/);
  });
});

const bytesOf = (values: Float32Array | Int8Array | Uint8Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
