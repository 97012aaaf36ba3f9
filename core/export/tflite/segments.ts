import { StudioError } from '../../base/errors.ts';
import type { TfliteModel, TfliteOperator, TfliteSubgraph } from '../../tflite/model.ts';
import { readTflite } from '../../tflite/read.ts';
import { writeTflite } from '../../tflite/write.ts';
import type { ProofMachine } from '../exporter.ts';
import { runLce } from './lce-operators.ts';

type Opener = NonNullable<ProofMachine['openTflite']>;
type Opened = Awaited<ReturnType<Opener>>;

/** Consecutive operators that the runtime has, or one custom operator. */
interface Segment {
  readonly operators: readonly TfliteOperator[];
  readonly custom: boolean;
}

function segmentsOf({ operators }: TfliteSubgraph): readonly Segment[] {
  const segments: { operators: TfliteOperator[]; custom: boolean }[] = [];
  for (const operator of operators) {
    const last = segments.at(-1);
    if (last && !last.custom && !operator.custom) last.operators.push(operator);
    else segments.push({ operators: [operator], custom: operator.custom });
  }
  return segments;
}

/** Tensors that operators take and do not make, constants aside. */
function takenBy(model: TfliteModel, { tensors }: TfliteSubgraph, operators: readonly TfliteOperator[]): readonly number[] {
  const made = new Set(operators.flatMap(({ outputs }) => outputs));
  return [...new Set(operators.flatMap(({ inputs }) => inputs))].filter((input) => input >= 0 && !made.has(input) && model.buffers[tensors[input].buffer].length === 0);
}

/**
 * Opens a file whose standard operators LiteRT computes, and Larq's the interpreter beside this file: LiteRT does not know them, and
 * Larq's own engine is not to be had here.
 */
export async function openGraph(bytes: Uint8Array, open: Opener): Promise<Opened> {
  const model = readTflite(bytes, 'written file');
  const [subgraph] = model.subgraphs;
  if (subgraph.operators.every(({ custom }) => !custom)) return open(bytes);
  const { tensors } = subgraph;
  const segments = segmentsOf(subgraph);
  const needed = new Set([...subgraph.outputs, ...segments.flatMap(({ operators }) => takenBy(model, subgraph, operators))]);
  const parts: { readonly run: (values: Map<number, Uint8Array>) => Promise<void>; readonly close: () => void }[] = [];
  for (const { operators, custom } of segments) {
    if (custom) {
      const [operator] = operators;
      const constants = operator.inputs.map((input) => (input < 0 ? null : model.buffers[tensors[input].buffer]));
      parts.push({
        run: (values) => {
          const given = operator.inputs.map((input, i) => (input < 0 ? null : (values.get(input) ?? constants[i])));
          values.set(operator.outputs[0], runLce(operator, operator.inputs.map((input) => tensors[input] ?? null), tensors[operator.outputs[0]], given));
          return Promise.resolve();
        },
        close: () => {},
      });
      continue;
    }
    const inputs = takenBy(model, subgraph, operators);
    const outputs = operators.flatMap((operator) => operator.outputs).filter((output) => needed.has(output));
    const opened = await open(writeTflite({ ...model, subgraphs: [{ ...subgraph, inputs, outputs, operators }] }));
    parts.push({
      run: async (values) => {
        const results = await opened.run(Object.fromEntries(inputs.map((input) => [tensors[input].name, values.get(input)!])));
        for (const output of outputs) values.set(output, results[tensors[output].name]);
      },
      close: () => opened.close(),
    });
  }
  return {
    async run(given) {
      const values = new Map(subgraph.inputs.map((input) => [input, given[tensors[input].name]]));
      for (const part of parts) await part.run(values);
      return Object.fromEntries(subgraph.outputs.map((output) => [tensors[output].name, valueOf(values, output)]));
    },
    close: () => parts.forEach((part) => part.close()),
  };
}

function valueOf(values: ReadonlyMap<number, Uint8Array>, tensor: number): Uint8Array {
  const value = values.get(tensor);
  if (!value) throw new StudioError('An output of the written file is made by none of its operators.');
  return value;
}
