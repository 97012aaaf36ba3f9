import { existsSync, readFileSync } from 'node:fs';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { writeC99 } from '../../../core/export/c99/write.ts';
import type { LayerGeometry } from '../../../core/kernels/kernel.ts';
import { createEngine } from '../../../core/kernels/load.ts';
import type { LayerStep, Program, ProgramBuffer, Step, StepParameters } from '../../../core/runtime/program.ts';
import { createRuntime } from '../../../core/runtime/run.ts';
import type { ExportFile } from '../../../core/export/exporter.ts';
import { compileC, findCompiler } from '../../../electron/host/compile-c.ts';
import { writeOnnx } from '../../fixtures/onnx-writer.ts';
import { quartilesOf, type Quartiles } from './rounds.ts';

/** Height and width, channels. */
const SHAPES = [[56, 64], [28, 128], [14, 256], [7, 512]] as const;
const LAYERS = 8;
const ROUNDS = 15;
/** Of one contender in one round. */
const ROUND_SECONDS = 0.05;

interface Build {
  readonly engine: string;
  readonly flags: readonly string[];
  /** What a processor must have for it, as its list of flags names it. */
  readonly needs: string | null;
  /** How many times as fast as the peer, at least and as an aim, where there is more to aim for. */
  readonly against: 'onnxruntime' | 'WebAssembly';
  readonly required: number;
  readonly aim: number;
}

const BUILDS: readonly Build[] = [
  { engine: 'C, portable', flags: ['-O3'], needs: null, against: 'WebAssembly', required: 1 / 3, aim: 1 / 3 },
  { engine: 'C, AVX2', flags: ['-O3', '-mavx2'], needs: 'avx2', against: 'onnxruntime', required: 5, aim: 5 },
  { engine: 'C, AVX-512 VPOPCNTDQ', flags: ['-O3', '-march=native'], needs: 'avx512_vpopcntdq', against: 'onnxruntime', required: 10, aim: 20 },
];

/** Signs in, signs out, through LAYERS convolutions of 3×3 with a padding of 1; the last one gives numbers. */
function chain(size: number, channels: number, random: Random): Program {
  const shape = [1, size, size, channels];
  const geometry: LayerGeometry = {
    op: 'conv2d', strideY: 1, strideX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1, dilationY: 1, dilationX: 1, inputHeight: size, inputWidth: size,
    inputChannels: channels, kernelHeight: 3, kernelWidth: 3, outputHeight: size, outputWidth: size, outputChannels: channels,
  };
  const buffers: ProgramBuffer[] = [{ id: 'input', shape, format: 'float32' }, { id: 'signs', shape, format: 'sign' }];
  const steps: Step[] = [{ kind: 'sign-pack', node: 'signs', inputs: [0], output: 1, parameters: [] }];
  const parameters: StepParameters[] = [{ thresholds: new Float32Array(channels) }];
  for (let layer = 0; layer < LAYERS; layer++) {
    const isLast = layer === LAYERS - 1;
    const step: LayerStep = { kind: 'layer', node: `conv${layer}`, scheme: 'xnor', options: { padding: 'minus' }, geometry, inputs: [layer + 1], output: layer + 2, parameters: [] };
    steps.push(step);
    buffers.push({ id: step.node, shape, format: isLast ? 'float32' : 'sign' });
    const codes = Int8Array.from({ length: 9 * channels * channels }, () => (random.chance(0.5) ? 1 : -1));
    const limits = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    parameters.push({ codes, ...(isLast ? { multiplier: new Float32Array(channels).fill(1), offset: new Float32Array(channels), limits } : { thresholds: new Int32Array(channels) }) });
  }
  return { network: { name: 'chain', buffers, steps, inputs: [0], outputs: [buffers.length - 1] }, parameters };
}

/** Reads a sample and a number of runs; writes the seconds that they took and the answer. */
const DRIVER = `#define _POSIX_C_SOURCE 199309L
#include "chain.c"
#include <stdio.h>
#include <time.h>

static float input[CHAIN_INPUT_COUNT];
static float output[CHAIN_OUTPUT_COUNT];

int main(void)
{
  float runs;
  struct timespec start, end;
  if (fread(&runs, sizeof runs, 1, stdin) != 1 || fread(input, sizeof input, 1, stdin) != 1) return 2;
  chain_run(input, output);
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < (int)runs; i++) chain_run(input, output);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
  return fwrite(&seconds, sizeof seconds, 1, stdout) != 1 || fwrite(output, sizeof output, 1, stdout) != 1 ? 2 : 0;
}
`;

export interface C99Row {
  readonly shape: string;
  readonly engine: string;
  /** Median of one run, one thread. */
  readonly milliseconds: number;
  readonly gigaMacs: number;
  /** How many times as fast as the others, round by round; null beside itself or where the other is not here. */
  readonly againstOrt: Quartiles | null;
  readonly againstWasm: Quartiles | null;
  readonly verdict: string;
}

interface Contender {
  readonly engine: string;
  /** Seconds of so many runs. */
  time(runs: number): Promise<number>;
  close(): void;
}

interface OrtModule {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<{ run(feeds: object): Promise<unknown>; release?(): Promise<void> }> };
  readonly Tensor: new (type: 'float32', values: Float32Array, dims: readonly number[]) => unknown;
}

/** The same chain in float32 by the native onnxruntime, one thread. Weights keep the numbers of every layer alike. */
async function ortChain(ort: OrtModule, size: number, channels: number, random: Random): Promise<Contender> {
  const layers = Array.from({ length: LAYERS }, (_, i) => i);
  const dims = [channels, channels, 3, 3];
  const weights = (): Float32Array => Float32Array.from({ length: 9 * channels * channels }, () => random.normal() / Math.sqrt(9 * channels));
  const model = writeOnnx({
    nodes: layers.map((i) => ({ op: 'Conv', inputs: [`x${i}`, `w${i}`], outputs: [`x${i + 1}`], attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } })),
    initialisers: Object.fromEntries(layers.map((i) => [`w${i}`, { dims, floats: weights() }])),
    inputs: [{ name: 'x0', shape: [1, channels, size, size] }],
    outputs: [{ name: `x${LAYERS}`, shape: [1, channels, size, size] }],
  });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', executionProviders: ['cpu'] });
  const x0 = new ort.Tensor('float32', Float32Array.from({ length: size * size * channels }, () => random.normal()), [1, channels, size, size]);
  return {
    engine: 'onnxruntime',
    async time(runs) {
      const before = performance.now();
      for (let i = 0; i < runs; i++) await session.run({ x0 });
      return (performance.now() - before) / 1000;
    },
    close: () => void session.release?.(),
  };
}

async function cChain(compiler: string, { engine, flags }: Build, files: readonly ExportFile[], sample: Float32Array, answer: Float32Array): Promise<Contender> {
  const compiled = await compileC(compiler, files, new AbortController().signal, flags);
  return {
    engine,
    async time(runs) {
      const input = new Float32Array(1 + sample.length);
      input[0] = runs;
      input.set(sample, 1);
      const output = await compiled.run(new Uint8Array(input.buffer));
      if (!new Float32Array(output.slice(8).buffer).every((value, i) => Object.is(value, answer[i]))) throw new Error(`${engine} answers otherwise than the studio.`);
      return new Float64Array(output.buffer, 0, 1)[0];
    },
    close: () => compiled.close(),
  };
}

function verdictOf(build: Build | undefined, against: Readonly<Record<Build['against'], Quartiles | null>>): string {
  const ratio = build && against[build.against];
  if (!build || !ratio) return '';
  const { required, aim, against: peer } = build;
  const asked = aim > required ? `required ${required.toPrecision(2)}×, aim ${aim.toPrecision(2)}×` : `required ${required.toPrecision(2)}×`;
  return `${asked} of ${peer}: ${ratio.median < required ? 'NOT REACHED' : aim > required && ratio.median >= aim ? 'aim reached' : 'reached'}`;
}

/**
 * One-bit convolutions as exported C beside the studio's own WebAssembly and, where it is handed over, the native onnxruntime in
 * float32, in turns; the answers of the first two must be the same.
 */
export async function runC99(ort: OrtModule | null, onRow: (row: C99Row) => void): Promise<void> {
  const compiler = await findCompiler();
  if (compiler === null) throw new Error('There is no C compiler on the search path.');
  const processor = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const builds = BUILDS.filter(({ needs }) => needs === null || processor.includes(needs));
  for (const [size, channels] of SHAPES) {
    const random = createRandom(channels);
    const program = chain(size, channels, random);
    const sample = Float32Array.from({ length: size * size * channels }, () => random.normal());
    const macs = LAYERS * 9 * size * size * channels * channels;
    const runtime = createRuntime(program, createEngine({ variant: 'wasm', initialBytes: 64 * 2 ** 20 }), { keep: 'outputs' });
    const answer = runtime.run(sample).slice();
    const files = [{ path: 'bench.c', bytes: new TextEncoder().encode(DRIVER) }, ...writeC99(program, 'chain').slice(0, 2)];
    const wasm: Contender = {
      engine: 'WebAssembly',
      async time(runs) {
        const before = performance.now();
        for (let i = 0; i < runs; i++) runtime.run(sample);
        return (performance.now() - before) / 1000;
      },
      close: () => {},
    };
    const contenders = [...(ort ? [await ortChain(ort, size, channels, random)] : []), wasm, ...(await Promise.all(builds.map((build) => cChain(compiler, build, files, sample, answer))))];
    // As many runs as take each about as long as the others.
    const runs = new Map<Contender, number>();
    for (const one of contenders) {
      await one.time(2);
      runs.set(one, Math.max(2, Math.ceil(ROUND_SECONDS / ((await one.time(2)) / 2))));
    }
    const seconds = new Map(contenders.map((one) => [one, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++) for (const one of contenders) seconds.get(one)?.push((await one.time(runs.get(one) ?? 2)) / (runs.get(one) ?? 2));
    for (const one of contenders) {
      one.close();
      const own = seconds.get(one) ?? [];
      const ratioTo = (engine: string): Quartiles | null => {
        const other = contenders.find((candidate) => candidate.engine === engine);
        return other === undefined || other === one ? null : quartilesOf((seconds.get(other) ?? []).map((value, round) => value / own[round]));
      };
      const median = quartilesOf(own).median;
      const against = { onnxruntime: ratioTo('onnxruntime'), WebAssembly: ratioTo('WebAssembly') };
      const verdict = verdictOf(builds.find(({ engine }) => engine === one.engine), against);
      onRow({ shape: `${LAYERS} × ${size}×${size}×${channels} 3×3`, engine: one.engine, milliseconds: 1000 * median, gigaMacs: macs / median / 1e9, againstOrt: against.onnxruntime, againstWasm: against.WebAssembly, verdict });
    }
  }
}
