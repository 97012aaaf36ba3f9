import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { signBytes } from '../../kernels/kernel.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import { isFloatLayer, type OpStep, type Program, type ProgramBuffer, type Step, type Stored } from '../../runtime/program.ts';
import type { ProofMachine, Reopened } from '../exporter.ts';
import type { OnnxForm } from './emission.ts';
import { isFusable } from './layers.ts';
import { writeOnnx } from './write.ts';

/** Operators whose real results another runtime rounds as the studio does: each is one operation of IEEE 754 a number, or none. */
const CORRECTLY_ROUNDED: ReadonlySet<OpStep['op']> = new Set(['add', 'batch-norm', 'relu', 'clip', 'rprelu', 'max-pool', 'reshape', 'transpose', 'pad', 'slice', 'concat', 'identity']);

/** Steps whose numbers another runtime may round otherwise, and all that depend on them. */
function inexactSteps({ network }: Program, form: OnnxForm): ReadonlySet<number> {
  const own = (step: Step): boolean => {
    if (step.kind === 'layer') return isFloatLayer(step) || (form === 'qdq' && isFusable(step));
    if (step.kind === 'quantise') return form === 'qdq';
    if (step.kind !== 'op') return false;
    const { format } = network.buffers[step.output];
    return format === 'float32' ? !CORRECTLY_ROUNDED.has(step.op) : format === 'int8' && form === 'qdq';
  };
  const inexact = new Set<number>();
  const buffers = new Set<number>();
  network.steps.forEach((step, index) => {
    if (!own(step) && !step.inputs.some((input) => buffers.has(input))) return;
    inexact.add(index);
    buffers.add(step.output);
  });
  return inexact;
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
  const pixelBytes = signBytes(channels);
  const packed = new Uint8Array(height * width * pixelBytes);
  for (let i = 0; i < own.length; i++) {
    const channel = i % channels;
    if (own[i] > 0) packed[Math.floor(i / channels) * pixelBytes + (channel >> 3)] |= 1 << (channel & 7);
  }
  return packed;
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
    inexact: inexactSteps(program, form),
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
