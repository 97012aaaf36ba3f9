import type { Exporter } from '../exporter.ts';
import { TARGETS } from '../targets.ts';
import { readPacked } from './read.ts';
import { writePacked } from './write.ts';

export const packed: Exporter = {
  ...TARGETS.bitw,
  supports: () => [],
  write: (program, name) => [{ path: `${name}.bitw`, bytes: writePacked(program) }],
  reader: { kind: 'program', label: 'packed file reader, WebAssembly and reference kernels', read: ([file]) => readPacked(file.bytes, file.path) },
};
