import { createEngine } from '../../kernels/load.ts';
import type { Program } from '../../runtime/program.ts';
import { createRuntime } from '../../runtime/run.ts';
import type { ExportContext } from '../context.ts';
import type { ExportFile } from '../exporter.ts';
import { writeNpy } from './npy.ts';
import { VECTORS } from './table.ts';

/** Inputs and golden outputs, from the build of the kernels that rounds alike on every machine. */
export function vectorFiles(program: Program, { data, sample }: ExportContext): readonly ExportFile[] {
  const { buffers, inputs, outputs } = program.network;
  const count = Math.min(VECTORS, data?.testCount ?? VECTORS);
  const runtime = createRuntime(program, createEngine({ variant: 'wasm', build: 'simd' }), { keep: 'outputs' });
  const join = (buffer: number, rows: readonly Float32Array[]): Uint8Array => {
    const [, ...shape] = buffers[buffer].shape;
    const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
    rows.forEach((row, i) => all.set(row, i * row.length));
    return writeNpy([rows.length, ...shape], all);
  };
  const pictures = Array.from({ length: count }, (_, i) => sample(i).slice());
  const answers = pictures.map((picture) => runtime.run(picture).slice());
  return [
    { path: 'vectors/inputs.npy', bytes: join(inputs[0], pictures) },
    { path: 'vectors/golden.npy', bytes: join(outputs[0], answers) },
  ];
}
