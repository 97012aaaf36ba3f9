import { createRandom } from '../../core/base/random.ts';
import { prepareLayer } from '../../core/kernels/finish.ts';
import type { LayerGeometry, LayerParameters } from '../../core/kernels/kernel.ts';
import { createEngine, type KernelEngine } from '../../core/kernels/load.ts';
import { caseTitle, convolutionCases, denseCase, packedSigns } from './kernels-cases.ts';

export const THREADS_SEED = 31;

interface Case {
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  readonly input: Uint8Array;
}

function cases(): readonly Case[] {
  const random = createRandom(THREADS_SEED);
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

/** Layers of every arithmetic whose bytes differ between an engine of several threads and one of a single thread. */
export function differencesByThreads(many: KernelEngine): { readonly compared: number; readonly failures: readonly string[] } {
  const one = createEngine({ variant: 'wasm' });
  const all = cases();
  const failures = all.filter((each) => answer(many, each).join() !== answer(one, each).join());
  return { compared: all.length, failures: failures.map(({ geometry, parameters }) => `${parameters.arithmetic}: ${caseTitle(geometry)}`) };
}
