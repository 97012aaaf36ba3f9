import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../core/base/random.ts';
import { weightCount } from '../../core/kernels/check-layer.ts';
import { prepareLayer } from '../../core/kernels/finish.ts';
import { KERNELS } from '../../core/kernels/index.ts';
import { signBytes, type Finish, type LayerGeometry, type LayerKernel, type LayerParameters, type Work } from '../../core/kernels/kernel.ts';
import { createEngine, type Build, type KernelEngine } from '../../core/kernels/load.ts';
import { place } from '../../core/kernels/memory.ts';
import { buildsOf } from './kernels-builds.ts';
import { caseTitle, convolutionCases, denseCase, denseCases, packedSigns } from './kernels-cases.ts';
import { allocateGuarded } from './kernels-guard.ts';

/** Every kernel that finishes its own sums, against the reference kernel and the reference stage, to the byte. */
const SEED = 5_081_977;
const OPS = ['conv2d', 'depthwise-conv2d', 'dense'] as const;

interface Trial {
  readonly title: string;
  readonly geometry: LayerGeometry;
  readonly parameters: LayerParameters;
  readonly input: ArrayBufferView;
}

/** Alphabets of integer codes, from the widest to the one with a single letter. */
const ALPHABETS: readonly (readonly number[])[] = [
  [-127, -90, -33, -1, 0, 2, 64, 127], [-127, 127], [-7, -5, -2, 0, 1, 3, 6, 7], [-8, 7], [-1, 0, 1], [-1, 1], [1], [-1], [0], [-127],
];

function inputCount(g: LayerGeometry): number {
  return g.inputHeight * g.inputWidth * g.inputChannels;
}

function fanIn(g: LayerGeometry): number {
  return weightCount(g) / g.outputChannels;
}

function integerTrial(geometry: LayerGeometry, alphabet: readonly number[], zeroPoint: number, inputs: readonly number[], random: Random): Trial {
  const codes = Int8Array.from({ length: weightCount(geometry) }, () => random.pick(alphabet));
  const input = Int8Array.from({ length: inputCount(geometry) }, (_, i) => inputs[i % inputs.length] ?? random.integer(-128, 128));
  const title = `${caseTitle(geometry)} zero point ${zeroPoint} codes ${alphabet.join()} inputs ${inputs.join() || 'drawn'}`;
  return { title, geometry, parameters: { arithmetic: 'integer', codes, zeroPoint }, input };
}

/** Besides the small cases some with more pixels than are summed at once. */
function geometries(op: LayerGeometry['op'], random: Random): readonly LayerGeometry[] {
  if (op === 'dense') return denseCases(random);
  const large = [7, 33, 100].map((outputChannels, i): LayerGeometry => {
    const inputHeight = 23, inputWidth = 29;
    const stride = 1 + (i % 2);
    return {
      op, inputHeight, inputWidth, inputChannels: op === 'conv2d' ? 5 : outputChannels, kernelHeight: 3, kernelWidth: 3,
      outputHeight: Math.ceil(inputHeight / stride), outputWidth: Math.ceil(inputWidth / stride), outputChannels,
      strideY: stride, strideX: stride, dilationY: 1, dilationX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1,
    };
  });
  return [...large, ...convolutionCases(op, random)];
}

/** Trials and what is expected of them serve several kernels and builds. */
function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as V;
  };
}

const ARITHMETICS = Object.fromEntries(
  (['float32', 'integer', 'xnor'] as const).map((arithmetic) => [arithmetic, once((op: LayerGeometry['op']) => drawTrials(arithmetic, op))]),
);

function trialsOf(arithmetic: LayerKernel['arithmetic'], op: LayerGeometry['op']): readonly Trial[] {
  return ARITHMETICS[arithmetic](op);
}

function drawTrials(arithmetic: LayerKernel['arithmetic'], op: LayerGeometry['op']): readonly Trial[] {
  const random = createRandom(SEED);
  return geometries(op, random).flatMap((geometry, i): readonly Trial[] => {
    const title = caseTitle(geometry);
    if (arithmetic === 'float32') {
      const [kernel, bias, input] = [weightCount(geometry), geometry.outputChannels, inputCount(geometry)].map((length) =>
        Float32Array.from({ length }, () => random.normal()),
      );
      return [{ title, geometry, parameters: { arithmetic, kernel, bias }, input }];
    }
    if (arithmetic === 'xnor') {
      const [codes, signs] = [weightCount(geometry), inputCount(geometry)].map((length) => Int8Array.from({ length }, () => random.pick([-1, 1])));
      const padding = (['zero', 'minus', 'plus'] as const)[i % 3];
      return [{ title, geometry, parameters: { arithmetic, codes, padding }, input: packedSigns(signs, geometry.inputChannels) }];
    }
    return [0, 1].map((second) => {
      const draw = 2 * i + second;
      return integerTrial(geometry, ALPHABETS[draw % ALPHABETS.length], [0, -128, 127, 5, -17, 126, -3][draw % 7], [], random);
    });
  });
}

/** Sums of many terms that are all as large as they get, or fill one half of a looked-up entry. */
const LARGE_TRIALS: readonly Trial[] = [denseCase(4608, 9), denseCase(8456, 10), denseCase(8457, 10)].flatMap((geometry) => {
  const random = createRandom(SEED);
  return [[-127, 127], [-127], [-8, 7], [7], [-1, 1], [1], [-1]].flatMap((alphabet) => [
    integerTrial(geometry, alphabet, 127, [-128], random),
    integerTrial(geometry, alphabet, -128, [127], random),
    integerTrial(geometry, alphabet, 0, [120, 120, 120, 119], random),
  ]);
});

function outputBytes(g: LayerGeometry, finish: Finish): number {
  const pixels = g.outputHeight * g.outputWidth;
  if (finish.kind === 'threshold') return pixels * signBytes(g.outputChannels);
  return pixels * g.outputChannels * (finish.kind === 'requantise' ? 1 : 4);
}

function setUp(engine: KernelEngine, trial: Trial, finish: Finish) {
  const input = place(engine.memory, trial.input);
  const output = allocateGuarded(engine.memory, outputBytes(trial.geometry, finish));
  return { output, job: { geometry: trial.geometry, parameters: trial.parameters, finish, input, output: output.offset } };
}

function referenceOutput(trial: Trial, finish: Finish): Uint8Array<ArrayBuffer> {
  const engine = createEngine({ variant: 'reference' });
  const { job, output } = setUp(engine, trial, finish);
  for (const part of prepareLayer(engine, job, engine.memory).work) engine.bind(part)();
  return output.read();
}

/** All items, or ranges of them from the last to the first, as threads might take them. */
function runWork(engine: KernelEngine, work: Work, ranges: number): void {
  if (typeof work === 'function' || work.items === undefined || ranges === 1) {
    engine.bind(work)();
    return;
  }
  const { args, items } = work;
  const edges = Array.from({ length: ranges + 1 }, (_, i) => Math.floor((items * i * i) / ranges ** 2));
  for (let i = ranges - 1; i >= 0; i--) engine.bind({ ...work, args: [...args, edges[i], edges[i + 1]], items: undefined })();
}

function fusedOutput(row: LayerKernel, build: Build, trial: Trial, finish: Finish, ranges: number): Uint8Array<ArrayBuffer> {
  const engine = createEngine({ variant: 'wasm', build });
  const kernel = engine.kernels.find((candidate) => candidate.id === row.id);
  if (!kernel) throw new Error(`${row.id} is not in the ${engine.description} engine.`);
  const { job, output } = setUp(engine, trial, finish);
  for (const part of kernel.prepare(job, engine.memory).work) runWork(engine, part, ranges);
  return output.read();
}

/** Every kind of finish for the arithmetic, with numbers that spread the sums over what it can say. */
function finishesOf({ geometry: g, parameters }: Trial, sums: Int32Array, random: Random): readonly Finish[] {
  const perChannel = (draw: () => number) => Float32Array.from({ length: g.outputChannels }, draw);
  if (parameters.arithmetic === 'float32') return [{ kind: 'sums' }, { kind: 'clip', low: -0.5, high: 1 }, { kind: 'clip', low: 0, high: Infinity }];
  const largest = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 1);
  const multiplier = perChannel(() => random.normal(0, 120 / largest));
  const offset = perChannel(() => random.normal(0, 20));
  // Half of the thresholds are met exactly somewhere; the others lie beyond any sum.
  const thresholds = Int32Array.from({ length: g.outputChannels }, (_, c) => (random.chance(0.8) ? sums[c] : random.pick([2 ** 31 - 1, -(2 ** 31), sums[c] + 1])));
  return [
    { kind: 'sums' },
    { kind: 'affine', multiplier, offset, low: 0, high: 6 },
    { kind: 'affine', multiplier, offset, low: -Infinity, high: Infinity },
    { kind: 'requantise', multiplier, offset, zeroPoint: random.integer(-128, 128), low: -128, high: 127 },
    { kind: 'requantise', multiplier, offset, zeroPoint: -7, low: -7, high: 40 },
    { kind: 'threshold', thresholds },
  ];
}

const expectedOf = once((trial: Trial) => {
  const sums = new Int32Array(referenceOutput(trial, { kind: 'sums' }).buffer);
  return finishesOf(trial, sums, createRandom(SEED)).map((finish) => ({ finish, expected: referenceOutput(trial, finish) }));
});

const expectedSums = once((trial: Trial) => referenceOutput(trial, { kind: 'sums' }));

function expectFinished(row: LayerKernel, build: Build, trial: Trial): void {
  expectedOf(trial).forEach(({ finish, expected }, i) => {
    const ranges = i % 2 === 0 ? 1 : 3;
    const got = fusedOutput(row, build, trial, finish, ranges);
    const where = `${trial.title}, ${finish.kind}, ${ranges} ranges`;
    if (trial.parameters.arithmetic !== 'float32') {
      expect(Buffer.compare(got, expected), where).toBe(0);
      return;
    }
    const [a, b] = [got, expected].map((bytes) => new Float32Array(bytes.buffer));
    a.forEach((y, at) => expect(Math.abs(y - b[at]), where).toBeLessThanOrEqual(1e-5 * (fanIn(trial.geometry) + 1)));
  });
}

for (const row of KERNELS.filter((kernel) => kernel.fuses && kernel.variant === 'wasm')) {
  describe.each(buildsOf(row))(`kernel ${row.id} (seed ${SEED}), %s build`, (build) => {
    const supported = (trials: readonly Trial[]) => trials.filter((trial) => row.supports(trial.geometry, trial.parameters));

    for (const op of OPS.filter((each) => supported(trialsOf(row.arithmetic, each)).length > 0)) {
      it(`finishes ${op} as the stages do, whole and in ranges`, { timeout: 60_000 }, () => {
        for (const trial of supported(trialsOf(row.arithmetic, op))) expectFinished(row, build, trial);
      });
    }

    const large = row.arithmetic === 'integer' ? supported(LARGE_TRIALS) : [];
    it.runIf(large.length > 0)('adds up the largest sums exactly', { timeout: 60_000 }, () => {
      for (const trial of large) {
        expect(Buffer.compare(fusedOutput(row, build, trial, { kind: 'sums' }, 1), expectedSums(trial)), trial.title).toBe(0);
      }
    });
  });
}
