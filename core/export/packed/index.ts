import type { Exporter } from '../exporter.ts';
import { readPacked } from './read.ts';
import { writePacked } from './write.ts';

export const packed: Exporter = {
  id: 'bitw',
  name: 'Packed network (.bitw)',
  description: 'Bit-packed weights, thresholds and graph in one file, exactly as the studio runs them.',
  extension: 'bitw',
  supports: () => [],
  write: (program, name) => [{ path: `${name}.bitw`, bytes: writePacked(program) }],
  reader: { kind: 'program', label: 'packed file reader, WebAssembly and reference kernels', read: ([file]) => readPacked(file.bytes, file.path) },
};
