import { StudioError } from '../../base/errors.ts';
import { signBytes } from '../../kernels/kernel.ts';
import { pixelsOf } from '../../runtime/geometry.ts';
import { isFloatLayer, type OpStep, type Program, type ProgramBuffer, type Step, type Stored } from '../../runtime/program.ts';
import { readTflite } from '../../tflite/read.ts';
import { writeTflite } from '../../tflite/write.ts';
import type { ExportFile, ProofMachine, Reopened } from '../exporter.ts';
import { CORRECTLY_ROUNDED, packedSigns } from '../runtime-values.ts';
import type { TfliteForm } from './emission.ts';
import { signWords, turnedBuffers } from './lce.ts';
import { openGraph } from './segments.ts';
import { tfliteModel } from './write.ts';

/** Operators that only move 8-bit numbers. */
const MOVES: ReadonlySet<OpStep['op']> = new Set(['max-pool', 'reshape', 'transpose', 'pad', 'slice', 'identity']);

/** Steps whose numbers another runtime may round otherwise, each begun from the studio's own values. */
function inexactSteps({ network }: Program): ReadonlySet<number> {
  const isInexact = (step: Step): boolean => {
    const result = network.buffers[step.output].format;
    if (result === 'sign' || step.kind === 'dequantise') return false;
    if (step.kind === 'op') return result === 'float32' ? !CORRECTLY_ROUNDED.has(step.op) : !MOVES.has(step.op);
    // Sums of signs are whole; their multiplier and offset are two operations.
    return step.kind !== 'layer' || isFloatLayer(step) || result === 'int8' || network.buffers[step.inputs[0]].format !== 'sign';
  };
  return new Set(network.steps.flatMap((step, index) => (isInexact(step) ? [index] : [])));
}

function bytesOf(values: Stored): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Packed signs, 64 a word, as numbers −1 and 1. */
function signNumbers({ shape }: ProgramBuffer, packed: Uint8Array): Int8Array {
  const { height, width, channels } = pixelsOf(shape);
  const pixelBytes = signBytes(channels);
  return Int8Array.from({ length: height * width * channels }, (_, i) => {
    const channel = i % channels;
    return (packed[Math.floor(i / channels) * pixelBytes + (channel >> 3)] >> (channel & 7)) & 1 ? 1 : -1;
  });
}

const WORD = 32;

/** A sign buffer as the file has it: numbers, or words in which 1 is −1, of the opposite signs where those are kept. */
function signsForFile(buffer: ProgramBuffer, packed: Uint8Array, form: TfliteForm, isTurned: boolean): Uint8Array {
  const numbers = signNumbers(buffer, packed);
  if (form === 'builtin') return bytesOf(numbers);
  return bytesOf(new Uint8Array(signWords(isTurned ? numbers.map((sign) => -sign) : numbers, pixelsOf(buffer.shape).channels).buffer));
}

function signsFromFile(buffer: ProgramBuffer, bytes: Uint8Array, form: TfliteForm, isTurned: boolean): Uint8Array {
  const { height, width, channels } = pixelsOf(buffer.shape);
  if (form === 'builtin') return packedSigns(new Int8Array(bytes.slice().buffer), channels);
  const rowBytes = Math.ceil(channels / WORD) * 4;
  const signs = Int8Array.from({ length: height * width * channels }, (_, i) => {
    const channel = i % channels;
    const isMinus = ((bytes[Math.floor(i / channels) * rowBytes + (channel >> 3)] >> (channel & 7)) & 1) === 1;
    return isMinus === isTurned ? 1 : -1;
  });
  return packedSigns(signs, channels);
}

function storedAs(buffer: ProgramBuffer, bytes: Uint8Array, form: TfliteForm, isTurned: boolean): Stored {
  if (buffer.format === 'sign') return signsFromFile(buffer, bytes, form, isTurned);
  const own = bytes.slice().buffer;
  return buffer.format === 'float32' ? new Float32Array(own) : new Int8Array(own);
}

/** Opens the file as it ships, for the answers, and beside it the same steps each begun from the studio's values, for the layers. */
export async function openFile(file: ExportFile, program: Program, form: TfliteForm, machine: ProofMachine): Promise<Reopened> {
  const open = machine.openTflite;
  if (!open) throw new StudioError('There is no TensorFlow Lite runtime here.');
  const { network } = program;
  const turned = form === 'lce' ? turnedBuffers(program) : new Set<number>();
  const answers = await openGraph(file.bytes, open);
  const all = tfliteModel(program, form, 'every step');
  const layers = await openGraph(writeTflite(all.model), open);
  const nameOf = (tensor: number): string => all.model.subgraphs[0].tensors[tensor].name;
  const [input] = network.inputs;
  const [answer] = readTflite(file.bytes, file.path).subgraphs.map(({ tensors, inputs, outputs }) => ({ input: tensors[inputs[0]].name, output: tensors[outputs[0]].name }));
  let last: Readonly<Record<string, Uint8Array>> = {};
  return {
    inexact: inexactSteps(program),
    async run(sample, shown) {
      const given = (buffer: number): Uint8Array => {
        if (buffer === input) return bytesOf(sample);
        const stored = shown(buffer);
        return network.buffers[buffer].format === 'sign' ? signsForFile(network.buffers[buffer], stored as Uint8Array, form, turned.has(buffer)) : bytesOf(stored);
      };
      last = await layers.run(Object.fromEntries([...all.given].map(([buffer, tensor]) => [nameOf(tensor), given(buffer)])));
      const results = await answers.run({ [answer.input]: bytesOf(sample) });
      return new Float32Array(results[answer.output].slice().buffer);
    },
    read(buffer) {
      const bytes = last[nameOf(all.stored[buffer])];
      return bytes === undefined ? null : storedAs(network.buffers[buffer], bytes, form, turned.has(buffer));
    },
    close() {
      answers.close();
      layers.close();
    },
  };
}
