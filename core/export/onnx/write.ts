import { elementCount } from '../../graph/graph.ts';
import type { Program, Step } from '../../runtime/program.ts';
import { valueNames } from '../runtime-values.ts';
import { dequantised, isImage, periodicSigns, quantised, scalesOf, storedType, zeroPointsOf, type Emission, type OnnxForm, type Operands } from './emission.ts';
import { emitLayer } from './layers.ts';
import { BATCH, onnxShape } from './layout.ts';
import { elementTypeNumber, modelBytes, type OnnxValue } from './messages.ts';
import { ModelWriter } from './model-writer.ts';
import { emitOperator } from './operators.ts';
import { qonnxQuantised, qonnxSignPack } from './qonnx.ts';

/** What a shipped file shows, or everything that is stored, so that layers can be compared. */
export type Shown = 'outputs' | 'all';

export interface OnnxNetwork {
  readonly bytes: Uint8Array;
  /** Name of each buffer's value. */
  readonly names: readonly string[];
  /** Bytes of everything that was written for a graph node. */
  bytesOf(node: string): number;
}

/** 2-bit numbers came with opset 25, 4-bit ones with 21; nothing older than that is written. */
const SMALLEST_OPSET = 21;
/** What tools for QONNX read: no number there has fewer than 32 bits. */
const QONNX_OPSET = 13;
const IR_VERSIONS: Readonly<Record<number, number>> = { 13: 7, 21: 10, 25: 13 };

function emitStep(emission: Emission, step: Step, operands: Operands): string {
  const { writer, form } = emission;
  if (step.kind === 'layer') return emitLayer(emission, step, operands);
  if (step.kind === 'op') return emitOperator(emission, step, operands);
  const [input] = operands.inputs;
  if (step.kind === 'sign-pack') {
    const thresholds = operands.parameters['thresholds'] as Float32Array | Int32Array;
    if (form === 'qonnx') return qonnxSignPack(writer, input, thresholds);
    const value = input.buffer.format === 'int8' ? writer.helper('Cast', [input.name], { to: elementTypeNumber('int32') }) : input.name;
    return periodicSigns(writer, value, thresholds, input.buffer.shape);
  }
  const [scale, zeroPoint] = operands.parameters['grid'];
  if (form === 'qonnx') return step.kind === 'dequantise' ? writer.helper('Mul', [input.name, writer.scalar('float32', scale)]) : qonnxQuantised(writer, inSteps(writer, input.name, scale), [zeroPoint, -128, 127], 'sum');
  if (step.kind === 'dequantise') return dequantised(writer, input.name, scale, zeroPoint);
  if (form === 'qdq') return quantised(writer, input.name, scale, zeroPoint);
  return quantised(writer, inSteps(writer, input.name, scale), 1, zeroPoint);
}

function inSteps(writer: ModelWriter, value: string, scale: number): string {
  return writer.helper('Mul', [value, writer.scalar('float32', Math.fround(1 / scale))]);
}

function metadataOf({ network }: Program, form: OnnxForm): Readonly<Record<string, string>> {
  const plan = network.steps.flatMap((step) => (step.kind === 'layer' ? [[step.node, step.scheme]] : []));
  const input = network.buffers[network.inputs[0]];
  const quantised = plan.filter(([, scheme]) => scheme !== 'float32').length;
  return {
    'bitwright.plan': JSON.stringify(Object.fromEntries(plan)),
    'bitwright.form': form,
    'bitwright.quantisation': `${quantised} of ${plan.length} layers have integer weights, one scale a channel; activations have one scale and zero point a value; batch norm is in the multipliers and never in the codes.`,
    'bitwright.input': `${input.id}: ${isImage(input.shape) ? `[${BATCH}, channels, height, width]` : `[${BATCH}, …]`}, ${elementCount(input.shape)} float32 numbers a sample, preprocessed as in the studio.`,
  };
}

const shipped: Readonly<Record<OnnxForm, WeakMap<Program, OnnxNetwork>>> = { exact: new WeakMap(), qdq: new WeakMap(), qonnx: new WeakMap() };

/** The file that ships: what it costs, its bytes and the bytes of its layers are asked for one after the other. */
export function shippedOnnx(program: Program, form: OnnxForm): OnnxNetwork {
  const written = shipped[form].get(program) ?? writeOnnx(program, form);
  shipped[form].set(program, written);
  return written;
}

/** Writes the deployed network: images channels first, any number of samples at a time. */
export function writeOnnx(program: Program, form: OnnxForm, shown: Shown = 'outputs'): OnnxNetwork {
  const { network, parameters } = program;
  const writer = new ModelWriter();
  const emission: Emission = { program, form, writer, names: valueNames(program, (wanted) => writer.claim(wanted)), scales: scalesOf(program), zeroPoints: zeroPointsOf(program) };
  const { names, scales, zeroPoints } = emission;
  const valueOf = (buffer: number): OnnxValue => ({ name: names[buffer], type: storedType(network.buffers[buffer].format, form), shape: onnxShape(network.buffers[buffer].shape) });
  network.steps.forEach((step, index) => {
    writer.beginStep(step.node);
    const value = emitStep(emission, step, {
      inputs: step.inputs.map((buffer) => ({ name: names[buffer], buffer: network.buffers[buffer], scale: scales[buffer], zeroPoint: zeroPoints[buffer] })),
      output: { buffer: network.buffers[step.output], scale: scales[step.output] },
      parameters: parameters[index],
    });
    writer.finish(value, names[step.output]);
  });
  const stored = shown === 'all' ? network.steps.map((step) => step.output) : [];
  const usesTwoBits = [...writer.constants.values()].some(({ type }) => type === 'int2');
  const opset = form === 'qonnx' ? QONNX_OPSET : usesTwoBits ? 25 : SMALLEST_OPSET;
  const bytes = modelBytes({
    name: network.name,
    description: `${network.name}, compressed per layer by Bitwright.`,
    irVersion: IR_VERSIONS[opset],
    opset,
    nodes: writer.nodes,
    constants: writer.constants,
    inputs: network.inputs.map(valueOf),
    outputs: [...new Set([...network.outputs, ...stored])].map(valueOf),
    metadata: metadataOf(program, form),
  });
  return { bytes, names, bytesOf: (node) => writer.bytesOf(node) };
}
