import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { prepareLayer } from '../../core/kernels/finish.ts';
import type { LayerGeometry, LayerParameters } from '../../core/kernels/kernel.ts';
import { createEngine, type KernelEngine } from '../../core/kernels/load.ts';
import { createThreadedEngine, type ThreadedEngine } from '../../core/kernels/threads.ts';
import { threadsOf } from '../../electron/cli/kernel-threads.ts';
import { convolutionCases, denseCase, packedSigns } from '../conformance/kernels-cases.ts';

const SEED = 31;
const spawn = threadsOf(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));
const engines: ThreadedEngine[] = [];

async function threaded(threads: number): Promise<ThreadedEngine> {
  const engine = await createThreadedEngine({ threads, spawn });
  engines.push(engine);
  return engine;
}

afterEach(() => engines.splice(0).forEach((engine) => engine.dispose()));

interface Case {
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  readonly input: Uint8Array;
}

function cases(): readonly Case[] {
  const random = createRandom(SEED);
  const geometries = [...convolutionCases('conv2d', random), ...convolutionCases('depthwise-conv2d', random), denseCase(300, 200)];
  return geometries.flatMap((geometry) => {
    const inputs = geometry.inputHeight * geometry.inputWidth * geometry.inputChannels;
    const weights = geometry.kernelHeight * geometry.kernelWidth * geometry.outputChannels * (geometry.op === 'depthwise-conv2d' ? 1 : geometry.inputChannels);
    const signs = Int8Array.from({ length: weights }, () => random.pick([-1, 1]));
    const floats = Float32Array.from({ length: inputs }, () => random.normal());
    const parts: Case[] = [
      { geometry, parameters: { arithmetic: 'float32', kernel: Float32Array.from(signs), bias: new Float32Array(geometry.outputChannels) }, input: new Uint8Array(floats.buffer) },
      { geometry, parameters: { arithmetic: 'integer', codes: signs.map((s) => s * random.integer(1, 128)), zeroPoint: 3 }, input: Uint8Array.from({ length: inputs }, () => random.integer(0, 256)) },
      { geometry, parameters: { arithmetic: 'xnor', codes: signs, padding: 'zero' }, input: packedSigns(floats, geometry.inputChannels) },
    ];
    return parts;
  });
}

/** Bytes that a layer writes; several runs, since threads must meet again and again. */
function answer(engine: KernelEngine, { geometry, parameters, input }: Case): readonly number[] {
  const outputs = geometry.outputHeight * geometry.outputWidth * geometry.outputChannels * 4;
  const from = engine.memory.allocate(input.length);
  const to = engine.memory.allocate(outputs);
  const job = { geometry, parameters, finish: { kind: 'sums' }, input: from, output: to } as const;
  const work = prepareLayer(engine, job, engine.memory).work.map(engine.bind);
  new Uint8Array(engine.memory.buffer, from, input.length).set(input);
  for (let run = 0; run < 3; run++) for (const part of work) part();
  return [...new Uint8Array(engine.memory.buffer, to, outputs)];
}

describe(`threads of the kernels (seed ${SEED})`, () => {
  it.each([2, 3])('%i threads give the bytes of one', { timeout: 60_000 }, async (threads) => {
    const many = await threaded(threads);
    expect(many.threads).toBe(threads);
    const one = createEngine({ variant: 'wasm' });
    for (const each of cases()) expect(answer(many, each)).toEqual(answer(one, each));
  });

  it('is one thread, and says so, where memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const engine = await createThreadedEngine({ threads: 2, spawn });
    vi.unstubAllGlobals();
    expect(engine.threads).toBe(1);
    expect(engine.description).not.toContain('threads');
  });

  it('is one thread where workers do not start', async () => {
    const terminate = vi.fn();
    const engine = await createThreadedEngine({ threads: 2, spawn: () => ({ terminate }), startLimitMs: 50 });
    expect(engine.threads).toBe(1);
    expect(terminate).toHaveBeenCalledOnce();
  });
});
