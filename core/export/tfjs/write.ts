import { StudioError } from '../../base/errors.ts';
import { joined } from '../../base/joined.ts';
import { elementCount } from '../../graph/graph.ts';
import type { Program, Step } from '../../runtime/program.ts';
import type { ExportFile } from '../exporter.ts';
import { valueNames } from '../runtime-values.ts';
import { batched, dequantised, quantised, reshaped, signsOf, type Operands } from './emission.ts';
import { GraphWriter } from './graph-writer.ts';
import { emitLayer } from './layers.ts';
import { emitOperator } from './operators.ts';

export interface TfjsNetwork {
  /** `model.json` first, then the shards of the weights. */
  readonly files: readonly ExportFile[];
  /** Name of the node that makes each buffer's value. */
  readonly names: readonly string[];
  /** Bytes of everything that was written for a graph node. */
  bytesOf(node: string): number;
}

/** What the converters of TensorFlow.js cut weights into, so that browsers keep the pieces. */
const SHARD_BYTES = 4 * 2 ** 20;
/** Version of GraphDef; any consumer of TensorFlow 1.12 and later reads it. */
const VERSIONS = { producer: 1087, minConsumer: 12 };

/** Thresholds of a value whose last axis repeats the channels of an image that was flattened. */
function periodicSigns(writer: GraphWriter, thresholds: ArrayLike<number>, { inputs: [{ name, buffer }] }: Operands): string {
  const { length } = thresholds;
  const channels = buffer.shape[buffer.shape.length - 1];
  if (length === channels) return signsOf(writer, name, thresholds);
  const pixels = reshaped(writer, name, [-1, elementCount(buffer.shape) / length, length]);
  return reshaped(writer, signsOf(writer, pixels, thresholds), batched(buffer.shape));
}

function emitStep(writer: GraphWriter, step: Step, operands: Operands): string {
  if (step.kind === 'layer') return emitLayer(writer, step, operands);
  if (step.kind === 'op') return emitOperator(writer, step, operands);
  if (step.kind === 'sign-pack') return periodicSigns(writer, operands.parameters['thresholds'], operands);
  const [input] = operands.inputs;
  const [scale, zeroPoint] = operands.parameters['grid'];
  if (step.kind === 'dequantise') return dequantised(writer, input.name, scale, zeroPoint);
  return quantised(writer, writer.node('Mul', [input.name, writer.scalar(Math.fround(1 / scale))]), zeroPoint);
}

function metadataOf({ network }: Program): Readonly<Record<string, unknown>> {
  const input = network.buffers[network.inputs[0]];
  return {
    plan: Object.fromEntries(network.steps.flatMap((step) => (step.kind === 'layer' ? [[step.node, step.scheme]] : []))),
    input: `${input.id}: [${['samples', ...input.shape.slice(1)].join(', ')}] float32, channels last, preprocessed as in the studio.`,
    arithmetic: 'Codes are whole numbers in float32; weights are codes, and multiplier and offset follow as Mul and AddV2.',
  };
}

/** Where the names of a model's values stand, as `predict` reads them. */
function signatureOf({ network }: Program, names: readonly string[]): unknown {
  const entry = (buffer: number): readonly [string, unknown] => [
    names[buffer],
    { name: `${names[buffer]}:0`, dtype: 'DT_FLOAT', tensorShape: { dim: batched(network.buffers[buffer].shape).map((size) => ({ size: String(size) })) } },
  ];
  return { inputs: Object.fromEntries(network.inputs.map(entry)), outputs: Object.fromEntries(network.outputs.map(entry)) };
}

function shardsOf(writer: GraphWriter): readonly Uint8Array[] {
  const all = joined(writer.weights.map(({ bytes }) => bytes));
  return Array.from({ length: Math.max(1, Math.ceil(all.length / SHARD_BYTES)) }, (_, i) => all.slice(i * SHARD_BYTES, (i + 1) * SHARD_BYTES));
}

const written = new WeakMap<Program, TfjsNetwork>();

/** The folder that ships, without its name: costs, bytes and the proof ask for the same one. */
export function tfjsNetwork(program: Program): TfjsNetwork {
  const network = written.get(program) ?? writeNetwork(program);
  written.set(program, network);
  return network;
}

function writeNetwork(program: Program): TfjsNetwork {
  const { network, parameters } = program;
  const outside = network.outputs.find((buffer) => network.inputs.includes(buffer));
  if (outside !== undefined) throw new StudioError('The network gives its input back, which a TensorFlow.js model does not do.', { where: network.name });
  const writer = new GraphWriter();
  const names = valueNames(program, (wanted) => writer.claim(wanted));
  for (const input of network.inputs) writer.placeholder(names[input], batched(network.buffers[input].shape));
  network.steps.forEach((step, index) => {
    writer.beginStep(step.node);
    const inputs = step.inputs.map((buffer) => ({ name: names[buffer], buffer: network.buffers[buffer] }));
    writer.finish(emitStep(writer, step, { inputs, output: { buffer: network.buffers[step.output] }, parameters: parameters[index] }), names[step.output]);
  });
  const shards = shardsOf(writer);
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  const model = {
    format: 'graph-model',
    generatedBy: 'Bitwright',
    convertedBy: 'Bitwright',
    signature: signatureOf(program, names),
    userDefinedMetadata: { bitwright: metadataOf(program) },
    modelTopology: { node: writer.nodes, library: {}, versions: VERSIONS },
    weightsManifest: [{ paths, weights: writer.weights.map(({ entry }) => entry) }],
  };
  const files = [{ path: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) }, ...shards.map((bytes, i) => ({ path: paths[i], bytes }))];
  return { files, names, bytesOf: (node) => writer.bytesOf(node) };
}
