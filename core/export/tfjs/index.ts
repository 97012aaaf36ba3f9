import type { Exporter } from '../exporter.ts';
import { TARGETS } from '../targets.ts';

/**
 * A graph model, for every plan: it says what each layer computes, node by node. A layers model has no words for codes, and one of a
 * float32 network would be what its Keras file already is, to be trained further.
 */
export const tfjs: Exporter = {
  ...TARGETS.tfjs,
  supports: async (program) => (await import('./findings.ts')).findings(program),
  write: async (program, name) => (await import('./write.ts')).tfjsNetwork(program).files.map(({ path, bytes }) => ({ path: `${name}/${path}`, bytes })),
  fileBytes: (files) => files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  bytesOf: async (program) => (await import('./write.ts')).tfjsNetwork(program).bytesOf,
  reader: {
    kind: 'runtime',
    label: 'TensorFlow.js, every stored value beside the studio’s',
    missing: (machine) => (machine.openTfjs ? null : 'There is no TensorFlow.js here that the folder could be proved with.'),
    open: async (files, program, machine) => (await import('./reader.ts')).openFolder(files, program, machine),
    tolerance: () => 0,
    agreement: { deviation: 1e-2, tie: 1e-3, least: 0.995 },
  },
};
