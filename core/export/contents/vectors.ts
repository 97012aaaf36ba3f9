import type { Program } from '../../runtime/program.ts';
import type { ExportContext } from '../context.ts';
import type { ExportFile } from '../exporter.ts';
import { goldenVectors, joinedNumbers } from '../golden-vectors.ts';
import { writeNpy } from './npy.ts';
import { VECTORS } from './table.ts';

export function vectorFiles(program: Program, context: ExportContext): readonly ExportFile[] {
  const { buffers, inputs, outputs } = program.network;
  const vectors = goldenVectors(program, context, VECTORS);
  const file = (path: string, buffer: number, rows: readonly Float32Array[]): ExportFile => ({ path, bytes: writeNpy([rows.length, ...buffers[buffer].shape.slice(1)], joinedNumbers(rows)) });
  return [
    file('vectors/inputs.npy', inputs[0], vectors.map(({ input }) => input)),
    file('vectors/golden.npy', outputs[0], vectors.map(({ output }) => output)),
  ];
}
