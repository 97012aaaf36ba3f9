import { createEngine } from '../kernels/load.ts';
import type { Program } from '../runtime/program.ts';
import { createRuntime } from '../runtime/run.ts';
import type { ExportContext } from './context.ts';

export interface GoldenVector {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** Samples and what the network makes of them, from the build of the kernels that rounds alike on every machine. */
export function goldenVectors(program: Program, { data, sample }: ExportContext, most: number): readonly GoldenVector[] {
  const runtime = createRuntime(program, createEngine({ variant: 'wasm', build: 'simd' }), { keep: 'outputs' });
  return Array.from({ length: Math.min(most, data?.testCount ?? most) }, (_, i) => {
    const input = sample(i).slice();
    return { input, output: runtime.run(input).slice() };
  });
}

export function joinedNumbers(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    numbers.set(part, offset);
    offset += part.length;
  }
  return numbers;
}
