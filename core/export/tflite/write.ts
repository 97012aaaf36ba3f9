import { elementCount } from '../../graph/graph.ts';
import type { Program, Step } from '../../runtime/program.ts';
import type { TfliteModel } from '../../tflite/model.ts';
import { writeTflite } from '../../tflite/write.ts';
import { valueNames } from '../runtime-values.ts';
import { storedSpec, type Emission, type Operand, type Operands, type TfliteForm } from './emission.ts';
import { gridsOf } from './grids.ts';
import { emitLayer } from './layers.ts';
import { turnedBuffers } from './lce.ts';
import { ModelBuilder, type ValueSpec } from './model-builder.ts';
import { emitOperator } from './operators.ts';
import { emitSigns } from './signs.ts';

export interface TfliteNetwork {
  readonly bytes: Uint8Array;
  /** Bytes of the numbers that are stored for a graph node. */
  bytesOf(node: string): number;
}

function emitStep(emission: Emission, step: Step, operands: Operands, result: ValueSpec): number {
  const { builder } = emission;
  if (step.kind === 'layer') return emitLayer(emission, step, operands);
  if (step.kind === 'op') return emitOperator(emission, step, operands, result);
  if (step.kind === 'sign-pack') return emitSigns(emission, operands);
  return builder.op(step.kind === 'quantise' ? 'QUANTIZE' : 'DEQUANTIZE', [operands.inputs[0].tensor], result);
}

function descriptionOf({ network }: Program): string {
  const plan = Object.fromEntries(network.steps.flatMap((step) => (step.kind === 'layer' ? [[step.node, step.scheme]] : [])));
  const { shape } = network.buffers[network.inputs[0]];
  return `${network.name}, compressed per layer by Bitwright. Input: ${elementCount(shape)} float32 numbers a sample, preprocessed as in the studio. Plan: ${JSON.stringify(plan)}`;
}

/** Which steps begin from values that are given: none in the file that ships, all in the one that layers are compared with. */
export type Given = 'input' | 'every step';

interface EmittedModel {
  readonly model: TfliteModel;
  readonly builder: ModelBuilder;
  /** Tensors that are given, by the buffer that they hold. */
  readonly given: ReadonlyMap<number, number>;
  /** Tensor of each buffer's result. */
  readonly stored: readonly number[];
}

/** The deployed network as a TensorFlow Lite model. With `every step`, all buffers are inputs, in their order, and all steps' results outputs. */
export function tfliteModel(program: Program, form: TfliteForm, given: Given = 'input'): EmittedModel {
  const { network, parameters } = program;
  const builder = new ModelBuilder();
  const grids = gridsOf(program);
  const specs = network.buffers.map((buffer, index) => storedSpec(buffer, grids[index], form));
  const tensors = valueNames(program, (wanted) => builder.claim(wanted)).map((name, index) => builder.value(name, specs[index]));
  const turned = form === 'lce' ? turnedBuffers(program) : new Set<number>();
  const emission: Emission = { form, builder, turned };
  const read = given === 'input' ? tensors : specs.map((spec, index) => builder.value(builder.claim(`given ${index}`), spec));
  const operand = (index: number, from: readonly number[]): Operand => ({ index, tensor: from[index], buffer: network.buffers[index], grid: grids[index] });
  network.steps.forEach((step, index) => {
    builder.beginStep(step.node);
    const operands: Operands = { inputs: step.inputs.map((buffer) => operand(buffer, read)), output: operand(step.output, tensors), parameters: parameters[index] };
    builder.finish(emitStep(emission, step, operands, specs[step.output]), tensors[step.output]);
  });
  const used = new Set(builder.operators.flatMap(({ inputs }) => inputs));
  const every = given === 'every step';
  const begins = new Map(read.flatMap((tensor, buffer) => ((every ? used.has(tensor) : network.inputs.includes(buffer)) ? [[buffer, tensor] as const] : [])));
  const subgraph = {
    name: network.name,
    tensors: builder.tensors,
    inputs: [...begins.values()],
    outputs: every ? network.steps.map(({ output }) => tensors[output]) : network.outputs.map((buffer) => tensors[buffer]),
    operators: builder.operators,
  };
  return { model: { description: descriptionOf(program), subgraphs: [subgraph], buffers: builder.buffers }, builder, given: begins, stored: tensors };
}

const shipped: Readonly<Record<TfliteForm, WeakMap<Program, TfliteNetwork>>> = { builtin: new WeakMap(), lce: new WeakMap() };

/** The file that ships: what it costs, its bytes and the bytes of its layers are asked for one after the other. */
export function shippedTflite(program: Program, form: TfliteForm): TfliteNetwork {
  const known = shipped[form].get(program);
  if (known) return known;
  const { model, builder } = tfliteModel(program, form);
  const written: TfliteNetwork = { bytes: writeTflite(model), bytesOf: (node) => builder.bytesOf(node) };
  shipped[form].set(program, written);
  return written;
}
