import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import type { Program, ProgramBuffer, Step, Stored } from '../../runtime/program.ts';
import type { ProofMachine, Reopened } from '../exporter.ts';
import { inexactSteps, packedSigns } from '../runtime-values.ts';
import type { OnnxForm } from './emission.ts';
import { isFusable } from './layers.ts';
import { writeOnnx } from './write.ts';

/** What rounds otherwise where layers run in the runtime's own integers. */
function roundsOtherwise({ network }: Program, form: OnnxForm): (step: Step) => boolean {
  return (step) => {
    if (form !== 'qdq') return false;
    if (step.kind === 'layer') return isFusable(step);
    return step.kind === 'quantise' || (step.kind === 'op' && network.buffers[step.output].format === 'int8');
  };
}

/** Image i of [channels, pixels] as [pixels, channels]. */
function turned<T extends Float32Array | Int8Array>(values: T, rows: number, columns: number): T {
  const result = values.slice() as T;
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  return result;
}

/** What the file shows of a buffer, as the studio stores it. */
function storedAs({ shape, format }: ProgramBuffer, shown: Float32Array | Int8Array): Stored {
  const { height, width, channels } = pixelsOf(shape);
  const own = shape.length === 4 ? turned(shown, channels, height * width) : shown;
  if (format !== 'sign') return own;
  return packedSigns(own, channels);
}

/** Opens the file as it ships, for the answers, and beside it the same network with everything that it stores, for the layers. */
export async function openFile(shipped: Uint8Array, program: Program, form: OnnxForm, machine: ProofMachine): Promise<Reopened> {
  if (!machine.openOnnx) throw new StudioError('There is no ONNX runtime here.');
  const { network } = program;
  const all = writeOnnx(program, form, 'all');
  const answers = await machine.openOnnx(shipped);
  const layers = await machine.openOnnx(all.bytes);
  const [input] = network.inputs;
  const { shape } = network.buffers[input];
  let last: Readonly<Record<string, Stored>> = {};
  return {
    inexact: inexactSteps(program, roundsOtherwise(program, form)),
    async run(sample) {
      const { height, width } = pixelsOf(shape);
      const given = { [all.names[input]]: shape.length === 4 ? turned(sample, height * width, elementCount(shape) / height / width) : sample };
      last = await layers.run(given);
      return (await answers.run(given))[all.names[network.outputs[0]]] as Float32Array;
    },
    read(buffer) {
      const shown = last[all.names[buffer]];
      return shown instanceof Uint8Array || shown === undefined ? null : storedAs(network.buffers[buffer], shown);
    },
    close() {
      answers.close();
      layers.close();
    },
  };
}
