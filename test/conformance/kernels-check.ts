import { createRandom, type Random } from '../../core/base/random.ts';
import { finishWork } from '../../core/kernels/finish.ts';
import { KERNELS } from '../../core/kernels/index.ts';
import type { Finish, LayerGeometry, LayerKernel, LayerParameters, SignPadding } from '../../core/kernels/kernel.ts';
import { signBytes } from '../../core/kernels/kernel.ts';
import { createEngine, type Build, type KernelEngine } from '../../core/kernels/load.ts';
import { caseTitle, convolutionCases, denseCases, packedSigns } from './kernels-cases.ts';
import { allocateGuarded } from './kernels-guard.ts';

export interface BuildCheck {
  readonly compared: number;
  readonly failures: readonly string[];
}

/** Of the sum of magnitudes, as in kernels-layers.test.ts. */
const FLOAT_TOLERANCE = 1e-5;
const SEED = 4_711;

interface Trial {
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  readonly input: Uint8Array;
}

function trial(kernel: LayerKernel, geometry: LayerGeometry, i: number, random: Random): Trial {
  const inputs = geometry.inputHeight * geometry.inputWidth * geometry.inputChannels;
  const perOutput = geometry.op === 'depthwise-conv2d' ? 1 : geometry.inputChannels;
  const weights = geometry.kernelHeight * geometry.kernelWidth * perOutput * geometry.outputChannels;
  const draw = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
  if (kernel.arithmetic === 'float32') {
    const parameters = { arithmetic: 'float32', kernel: Float32Array.from(draw(weights, () => random.normal())), bias: Float32Array.from(draw(geometry.outputChannels, () => random.normal())) } as const;
    return { geometry, parameters, input: new Uint8Array(Float32Array.from(draw(inputs, () => random.normal())).buffer) };
  }
  if (kernel.arithmetic === 'xnor') {
    const codes = Int8Array.from(draw(weights, () => random.pick([-1, 1])));
    const padding = (['zero', 'minus', 'plus'] as const satisfies readonly SignPadding[])[i % 3];
    return { geometry, parameters: { arithmetic: 'xnor', codes, padding }, input: packedSigns(draw(inputs, () => random.pick([-1, 1])), geometry.inputChannels) };
  }
  // Kernels of their own serve ±1 and −1, 0, 1; extremes reach the limits of intermediate sums.
  const alphabets = [[-1, 1], [-1, 0, 1], [-127, 127], null] as const;
  const alphabet = alphabets[i % alphabets.length];
  const codes = Int8Array.from(draw(weights, () => (alphabet ? random.pick(alphabet) : random.integer(-127, 128))));
  const extreme = i % 5 === 4;
  const input = Uint8Array.from(draw(inputs, () => (extreme ? random.pick([127, 128]) : random.integer(0, 256))));
  return { geometry, parameters: { arithmetic: 'integer', codes, zeroPoint: [0, -128, 127, 5, -17][i % 5] }, input };
}

function finishes(kernel: LayerKernel, channels: number, random: Random): readonly Finish[] {
  if (kernel.arithmetic === 'float32') return [{ kind: 'sums' }, { kind: 'clip', low: 0, high: 6 }];
  const multiplier = Float32Array.from({ length: channels }, () => random.normal(0, 0.02));
  const offset = Float32Array.from({ length: channels }, () => random.normal(0, 3));
  const thresholds = Int32Array.from({ length: channels }, () => random.pick([random.integer(-9, 10), random.integer(-2000, 2000), -(2 ** 31), 2 ** 31 - 1]));
  return [
    { kind: 'sums' },
    { kind: 'affine', multiplier, offset, low: -2, high: Number.POSITIVE_INFINITY },
    { kind: 'requantise', multiplier, offset, zeroPoint: -3, low: -100, high: 127 },
    { kind: 'threshold', thresholds },
  ];
}

function outputBytes({ outputHeight, outputWidth, outputChannels }: LayerGeometry, kind: Finish['kind']): number {
  const pixels = outputHeight * outputWidth;
  if (kind === 'threshold') return pixels * signBytes(outputChannels);
  return pixels * outputChannels * (kind === 'requantise' ? 1 : 4);
}

/** The bytes that a kernel, and a stage where it does not fuse, write between two guards. */
function answer(engine: KernelEngine, kernel: LayerKernel, { geometry, parameters, input }: Trial, finish: Finish): Uint8Array {
  const from = engine.memory.allocate(input.length + 16);
  const output = allocateGuarded(engine.memory, outputBytes(geometry, finish.kind));
  const job = { geometry, parameters, input: from };
  const direct = kernel.fuses || finish.kind === 'sums';
  const sums = direct ? output.offset : engine.memory.allocate(outputBytes(geometry, 'sums'));
  const prepared = kernel.prepare({ ...job, finish: direct ? finish : { kind: 'sums' }, output: sums }, engine.memory);
  const work = direct ? prepared.work : [...prepared.work, finishWork(engine, finish, geometry, sums, output.offset)];
  const run = work.map(engine.bind);
  new Uint8Array(engine.memory.buffer, from, input.length).set(input);
  for (const part of run) part();
  return output.read();
}

/** A bound on Σ|x·w| + |bias| of every output, for the tolerance of float32. */
function magnitude({ parameters, input }: Trial): number {
  if (parameters.arithmetic !== 'float32') return 0;
  const largest = new Float32Array(input.buffer).reduce((top, x) => Math.max(top, Math.abs(x)), 0);
  return parameters.kernel.reduce((sum, w) => sum + Math.abs(w), 0) * largest + 1;
}

function differs(trialOf: Trial, finish: Finish, got: Uint8Array, expected: Uint8Array): boolean {
  if (trialOf.parameters.arithmetic !== 'float32') return got.some((byte, i) => byte !== expected[i]);
  const limit = FLOAT_TOLERANCE * magnitude(trialOf);
  const [a, b] = [got, expected].map((bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
  return a.some((value, i) => !(Math.abs(value - b[i]) <= limit)) && finish.kind !== 'threshold';
}

/** Every compiled kernel of a build, finished in every way, beside the reference kernel and the reference stages. */
export function checkBuild(build: Build): BuildCheck {
  const random = createRandom(SEED);
  const failures: string[] = [];
  let compared = 0;
  for (const kernel of KERNELS.filter(({ variant }) => variant === 'wasm')) {
    const geometries = [...convolutionCases('conv2d', random), ...convolutionCases('depthwise-conv2d', random), ...denseCases(random)];
    const engine = createEngine({ variant: 'wasm', build });
    const reference = createEngine({ variant: 'reference' });
    geometries.forEach((geometry, i) => {
      const drawn = trial(kernel, geometry, i, random);
      if (!kernel.supports(geometry)) return;
      const slow = reference.kernels.find((other) => other.arithmetic === kernel.arithmetic && other.supports(geometry));
      if (!slow) throw new Error(`There is no reference for ${caseTitle(geometry)}.`);
      for (const finish of finishes(kernel, geometry.outputChannels, random)) {
        compared++;
        const title = `${kernel.id}, ${finish.kind}: ${caseTitle(geometry)}`;
        try {
          if (differs(drawn, finish, answer(engine, kernel, drawn, finish), answer(reference, slow, drawn, finish))) failures.push(`${title}: other bytes`);
        } catch (error) {
          failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    });
  }
  return { compared, failures };
}
