import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import type { Program, ProgramBuffer, Step, Stored } from '../../runtime/program.ts';
import type { ProofMachine, Reopened } from '../exporter.ts';
import { inexactSteps, packedSigns } from '../runtime-values.ts';
import { zeroPointsOf, type OnnxForm } from './emission.ts';
import { codesIn, isExactInReal } from './layer-parts.ts';
import { isFusable } from './layers.ts';
import { lowerQonnx, type LoweredFile } from './lower-qonnx.ts';
import { QONNX_DOMAIN } from './qonnx.ts';
import { writeOnnx } from './write.ts';

/** What rounds otherwise where layers run in the runtime's own integers. */
function roundsOtherwise({ network, parameters }: Program, form: OnnxForm): (step: Step, index: number) => boolean {
  return (step, index) => {
    // There are no integers to go to where real numbers do not hold the sums.
    if (form === 'qonnx' && step.kind === 'layer' && 'inputGrid' in parameters[index]) return !isExactInReal(codesIn(parameters[index]), step.geometry.outputChannels);
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
function storedAs({ shape, format }: ProgramBuffer, shown: Float32Array | Int8Array, zeroPoint: number): Stored {
  const { height, width, channels } = pixelsOf(shape);
  const own = shape.length === 4 ? turned(shown, channels, height * width) : shown;
  if (format === 'int8') return shown instanceof Int8Array ? own : Int8Array.from(own, (distance) => distance + zeroPoint);
  if (format === 'float32') return own;
  return packedSigns(own, channels);
}

/** Opens the file as it ships, for the answers, and beside it the same network with everything that it stores, for the layers. */
export async function openFile(shipped: Uint8Array, program: Program, form: OnnxForm, machine: ProofMachine): Promise<Reopened> {
  if (!machine.openOnnx) throw new StudioError('There is no ONNX runtime here.');
  const { network } = program;
  const all = writeOnnx(program, form, 'all');
  const [ships, shows] = [shipped, all.bytes].map((bytes): LoweredFile => (form === 'qonnx' ? lowerQonnx(bytes, QONNX_DOMAIN) : { bytes, given: {} }));
  const answers = await machine.openOnnx(ships.bytes);
  const layers = await machine.openOnnx(shows.bytes);
  const zeroPoints = zeroPointsOf(program);
  const [input] = network.inputs;
  const { shape } = network.buffers[input];
  let last: Readonly<Record<string, Stored>> = {};
  return {
    inexact: inexactSteps(program, roundsOtherwise(program, form)),
    async run(sample) {
      const { height, width } = pixelsOf(shape);
      const given = { [all.names[input]]: shape.length === 4 ? turned(sample, height * width, elementCount(shape) / height / width) : sample };
      last = await layers.run({ ...given, ...shows.given });
      return (await answers.run({ ...given, ...ships.given }))[all.names[network.outputs[0]]] as Float32Array;
    },
    read(buffer) {
      const shown = last[all.names[buffer]];
      return shown instanceof Uint8Array || shown === undefined ? null : storedAs(network.buffers[buffer], shown, form === 'qonnx' ? zeroPoints[buffer] : 0);
    },
    close() {
      answers.close();
      layers.close();
    },
  };
}
