import { StudioError } from '../../base/errors.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import type { Program, ProgramBuffer, Stored } from '../../runtime/program.ts';
import type { ExportFile, ProofMachine, Reopened } from '../exporter.ts';
import { inexactSteps, packedSigns } from '../runtime-values.ts';
import { tfjsNetwork } from './write.ts';

/** What tfjs computed of a buffer, as the studio stores it. */
function storedAs({ shape, format }: ProgramBuffer, values: Float32Array): Stored {
  if (format === 'float32') return values;
  return format === 'int8' ? Int8Array.from(values) : packedSigns(values, pixelsOf(shape).channels);
}

/** Opens the folder with tfjs; every value that the program stores is the result of a node, so one model shows answers and layers. */
export async function openFolder(files: readonly ExportFile[], program: Program, machine: ProofMachine): Promise<Reopened> {
  if (!machine.openTfjs) throw new StudioError('There is no TensorFlow.js here.');
  const { network } = program;
  const { names } = tfjsNetwork(program);
  const model = await machine.openTfjs(files);
  const wanted = [...new Set([network.outputs[0], ...network.steps.map((step) => step.output)])];
  let last = new Map<number, Float32Array>();
  return {
    inexact: inexactSteps(program),
    run(sample) {
      const values = model.run(sample, wanted.map((buffer) => names[buffer]));
      last = new Map(wanted.map((buffer, i) => [buffer, values[i]]));
      return values[0];
    },
    read(buffer) {
      const values = last.get(buffer);
      return values ? storedAs(network.buffers[buffer], values) : null;
    },
    close: () => model.close(),
  };
}
