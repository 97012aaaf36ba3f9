import type { Agreement, Exporter, RuntimeReader } from '../exporter.ts';
import { TARGETS, type Target } from '../targets.ts';
import type { TfliteForm } from './emission.ts';

/**
 * What may differ where a runtime rounds, each number by one step of 8 bits at most: of 500 random networks 2.6 % of what a layer and
 * the operators behind it store. Such steps add up: of ResNet-8 on 1,000 pictures 25 answers in INT8 and 31 in INT4, all between logits
 * that lie within 10 % of their range, and all but 3 of each within 5 %; of MobileNet on 200 pictures 1 and 7.
 */
const AGREEMENT: Agreement = { deviation: 0.05, tie: 0.1, least: 0.95 };

const LABELS: Readonly<Record<TfliteForm, string>> = {
  builtin: 'LiteRT, from the picture for the answers, and for the layers every step from the studio’s values',
  lce: 'LiteRT, and for Larq’s operators an interpreter of the studio’s own, by Larq’s description: Larq Compute Engine itself was not run',
};

function reader(form: TfliteForm): RuntimeReader {
  return {
    kind: 'runtime',
    label: LABELS[form],
    missing: (machine) => (machine.openTflite ? null : 'There is no TensorFlow Lite runtime here that the file could be proved with.'),
    open: async ([file], program, machine) => (await import('./reader.ts')).openFile(file, program, form, machine),
    tolerance: () => 0,
    agreement: AGREEMENT,
  };
}

/** What writes and reads loads when something is exported. */
function exporter(target: Target, form: TfliteForm): Exporter {
  return {
    ...target,
    supports: async (program) => (await import('./findings.ts')).findings(program, form),
    write: async (program, fileName) => [{ path: `${fileName}.tflite`, bytes: (await import('./write.ts')).shippedTflite(program, form).bytes }],
    bytesOf: async (program) => (await import('./write.ts')).shippedTflite(program, form).bytesOf,
    reader: reader(form),
  };
}

export const tflite = exporter(TARGETS.tflite, 'builtin');

export const lce = exporter(TARGETS.lce, 'lce');
