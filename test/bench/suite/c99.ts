import { createRandom, type Random } from '../../../core/base/random.ts';
import { writeC99 } from '../../../core/export/c99/write.ts';
import type { LayerGeometry } from '../../../core/kernels/kernel.ts';
import { createEngine } from '../../../core/kernels/load.ts';
import type { LayerStep, Program, ProgramBuffer, Step, StepParameters } from '../../../core/runtime/program.ts';
import { createRuntime } from '../../../core/runtime/run.ts';
import { compileC, findCompiler } from '../../../electron/host/compile-c.ts';

/** Height and width, channels. */
const SHAPES = [[28, 64], [28, 128], [14, 256]] as const;
const LAYERS = 8;
const ROUNDS = 9;
const FLAGS: Readonly<Record<string, readonly string[]>> = { 'C, portable': ['-O3'], 'C, vectors of this processor': ['-O3', '-march=native'] };

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
  /** Medians over interleaved rounds, one thread. */
  readonly milliseconds: number;
  readonly gigaMacs: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** One-bit convolutions as exported C beside the studio's own WebAssembly, in turns; the answers must be the same. */
export async function runC99(onRow: (row: C99Row) => void): Promise<void> {
  const compiler = await findCompiler();
  if (compiler === null) throw new Error('There is no C compiler on the search path.');
  for (const [size, channels] of SHAPES) {
    const random = createRandom(channels);
    const program = chain(size, channels, random);
    const sample = Float32Array.from({ length: size * size * channels }, () => random.normal());
    const macs = LAYERS * 9 * size * size * channels * channels;
    const runs = Math.ceil(4e9 / macs);
    const runtime = createRuntime(program, createEngine({ variant: 'wasm', initialBytes: 64 * 2 ** 20 }), { keep: 'outputs' });
    const answer = runtime.run(sample).slice();
    const files = [{ path: 'bench.c', bytes: new TextEncoder().encode(DRIVER) }, ...writeC99(program, 'chain').slice(0, 2)];
    const built = await Promise.all(Object.entries(FLAGS).map(async ([engine, flags]) => ({ engine, program: await compileC(compiler, files, new AbortController().signal, flags) })));
    const input = new Uint8Array(Float32Array.of(runs, ...sample).buffer);
    const seconds = new Map<string, number[]>([['WebAssembly', []], ...built.map(({ engine }) => [engine, []] as [string, number[]])]);
    for (let round = 0; round < ROUNDS; round++) {
      const before = performance.now();
      for (let i = 0; i < runs; i++) runtime.run(sample);
      seconds.get('WebAssembly')?.push((performance.now() - before) / 1000 / runs);
      for (const { engine, program: compiled } of built) {
        const output = await compiled.run(input);
        seconds.get(engine)?.push(new Float64Array(output.buffer, 0, 1)[0] / runs);
        if (!new Float32Array(output.slice(8).buffer).every((value, i) => Object.is(value, answer[i]))) throw new Error(`${engine} answers otherwise than the studio.`);
      }
    }
    for (const { program: compiled } of built) compiled.close();
    for (const [engine, times] of seconds) onRow({ shape: `${LAYERS} × ${size}×${size}×${channels} 3×3`, engine, milliseconds: 1000 * median(times), gigaMacs: macs / median(times) / 1e9 });
  }
}
