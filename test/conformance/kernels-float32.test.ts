import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { KERNELS } from '../../core/kernels/index.ts';
import type { Finish, LayerGeometry, Work } from '../../core/kernels/kernel.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { caseTitle, denseCase, directSums } from './kernels-cases.ts';
import { allocateGuarded } from './kernels-guard.ts';

const SEED = 20_240_612;
/** Of the sum of magnitudes, as for every float32 kernel. */
const FLOAT_TOLERANCE = 1e-5;
const LIMITS = { kind: 'clip', low: -0.5, high: 2 } as const;

type Engine = ReturnType<typeof createEngine>;

/** Kernel 3×3; padding at top and left one, at bottom and right `after`, or none at all. */
function square(
  op: 'conv2d' | 'depthwise-conv2d', [inputHeight, inputWidth]: readonly [number, number],
  inputChannels: number, outputChannels: number, stride = 1, before = 1, after = 1,
): LayerGeometry {
  const size = (input: number) => Math.floor((input + before + after - 3) / stride) + 1;
  return {
    op, inputHeight, inputWidth, inputChannels, kernelHeight: 3, kernelWidth: 3,
    outputHeight: size(inputHeight), outputWidth: size(inputWidth), outputChannels,
    strideY: stride, strideX: stride, dilationY: 1, dilationX: 1,
    padTop: before, padLeft: before, padBottom: after, padRight: after,
  };
}

/** Sizes around whole tiles and blocks, channels around whole vectors, layers of one block and of many. */
const GEOMETRIES: readonly LayerGeometry[] = [
  square('conv2d', [1, 1], 16, 16),
  square('conv2d', [4, 4], 16, 24),
  square('conv2d', [5, 9], 20, 17),
  square('conv2d', [8, 8], 64, 64),
  square('conv2d', [13, 7], 36, 33),
  square('conv2d', [7, 7], 128, 40),
  square('conv2d', [14, 14], 32, 30, 1, 0, 0),
  square('conv2d', [12, 12], 32, 32, 1, 2, 0),
  square('conv2d', [79, 78], 16, 17),
  square('conv2d', [9, 9], 16, 16, 2),
  square('depthwise-conv2d', [1, 1], 4, 4),
  square('depthwise-conv2d', [2, 3], 8, 8),
  square('depthwise-conv2d', [7, 7], 20, 20),
  square('depthwise-conv2d', [8, 11], 16, 16, 2),
  square('depthwise-conv2d', [9, 8], 16, 16, 2, 0, 1),
  square('depthwise-conv2d', [12, 12], 8, 8, 1, 0, 0),
  square('depthwise-conv2d', [5, 5], 6, 6),
  square('depthwise-conv2d', [6, 6], 8, 16),
  { ...square('conv2d', [6, 7], 24, 20, 1, 0, 0), kernelHeight: 1, kernelWidth: 1, outputHeight: 6, outputWidth: 7 },
  denseCase(100, 33),
];

/** Ranges of work in an order and of sizes that threads could choose. */
function inParts(engine: Engine, work: Work): void {
  if (typeof work === 'function' || work.items === undefined) {
    engine.bind(work)();
    return;
  }
  const items = work.items;
  const cuts = [...new Set([0, Math.floor(items / 3), Math.floor(items / 2), items])];
  const ranges = cuts.slice(1).map((to, i) => [cuts[i], to] as const).toReversed();
  for (const range of ranges) engine.bind({ export: work.export, args: [...work.args, ...range] })();
}

const engine = createEngine({ variant: 'wasm' });
const kernels = KERNELS.filter((kernel) => kernel.arithmetic === 'float32' && kernel.variant === 'wasm');

describe.each(kernels.map((kernel) => [kernel.id, kernel] as const))('%s', (_, kernel) => {
  const supported = GEOMETRIES.filter((geometry) => kernel.supports(geometry));
  it('has cases', () => {
    expect(supported.length).toBeGreaterThan(3);
  });

  it.each(supported.map((g) => [caseTitle(g), g] as const))(`%s (seed ${SEED})`, { timeout: 30_000 }, (_title, g) => {
    const random = createRandom(SEED);
    const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
    const depthwise = g.op === 'depthwise-conv2d';
    const values = normals(g.inputHeight * g.inputWidth * g.inputChannels);
    const weights = normals(g.kernelHeight * g.kernelWidth * g.outputChannels * (depthwise ? 1 : g.inputChannels));
    const bias = normals(g.outputChannels);
    const { sums, magnitudes } = directSums(g, values, weights, 0);
    const { memory } = engine;
    const input = memory.allocate(values.byteLength);

    const answer = (finish: Finish, run: (work: Work) => void): Float32Array => {
      const output = allocateGuarded(memory, sums.length * 4);
      const job = { geometry: g, parameters: { arithmetic: 'float32', kernel: weights, bias }, finish, input, output: output.offset } as const;
      const { work } = kernel.prepare(job, memory);
      new Float32Array(memory.buffer, input, values.length).set(values);
      work.forEach(run);
      return new Float32Array(output.read().buffer);
    };
    /** Places of answers that differ by more than rounding may do, or are no numbers. */
    const wrong = (answers: Float32Array, expected: (i: number) => number): readonly number[] =>
      Array.from(answers.keys()).filter((i) => {
        const room = FLOAT_TOLERANCE * (magnitudes[i] + Math.abs(bias[i % g.outputChannels]));
        return !(Math.abs(answers[i] - expected(i)) <= room);
      });
    const plain = answer({ kind: 'sums' }, (work) => engine.bind(work)());
    expect(wrong(plain, (i) => sums[i] + bias[i % g.outputChannels])).toEqual([]);

    const limited = answer(kernel.fuses ? LIMITS : { kind: 'sums' }, (work) => inParts(engine, work));
    const { low, high } = kernel.fuses ? LIMITS : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    expect(wrong(limited, (i) => Math.min(Math.max(plain[i], low), high))).toEqual([]);
    expect(limited.every((y) => y >= low && y <= high)).toBe(true);
  });
});
