import { SCHEME_IDS, SCHEMES } from '../../schemes/index.ts';
import type { LayerFacts } from '../../schemes/scheme.ts';
import type { OpId } from '../../graph/graph.ts';
import type { LayerGeometry } from '../../kernels/kernel.ts';
import type { BufferFormat, LoweredNetwork, ParameterSlot, Step } from '../../runtime/program.ts';
import type { OptionValue, OptionValues } from '../../quant/fields.ts';
import type { ByteReader, ByteSink } from './bytes.ts';

/** Codes of the file; append only, never reorder: see docs/file-formats.md. */
const FORMATS = ['float32', 'int8', 'sign'] as const satisfies readonly BufferFormat[];
const KINDS = ['layer', 'quantise', 'dequantise', 'sign-pack', 'op'] as const satisfies readonly Step['kind'][];
const SLOT_TYPES = ['float32', 'int32', 'codes'] as const satisfies readonly ParameterSlot['type'][];
const LAYER_OPS = ['conv2d', 'depthwise-conv2d', 'dense'] as const satisfies readonly LayerGeometry['op'][];
const OPS = [
  'batch-norm', 'relu', 'clip', 'leaky-relu', 'sigmoid', 'tanh', 'softmax', 'add', 'max-pool', 'average-pool',
  'global-average-pool', 'reshape', 'transpose', 'pad', 'slice', 'concat', 'identity', 'rprelu',
  'multiply', 'matrix-product', 'exponential', 'erf', 'power', 'expand',
] as const satisfies readonly OpId[];
const GEOMETRY = [
  'strideY', 'strideX', 'padTop', 'padBottom', 'padLeft', 'padRight', 'dilationY', 'dilationX', 'inputHeight', 'inputWidth',
  'inputChannels', 'kernelHeight', 'kernelWidth', 'outputHeight', 'outputWidth', 'outputChannels',
] as const satisfies readonly (keyof LayerGeometry)[];
const SLOT_NAMES = [
  'kernel', 'bias', 'limits', 'codes', 'inputGrid', 'outputGrid', 'multiplier', 'offset', 'thresholds', 'grid', 'grid0', 'grid1', 'before', 'slope', 'after',
  'levels',
] as const;

function writeList(writer: ByteSink, list: readonly number[]): void {
  writer.varint(list.length);
  for (const value of list) writer.signed(value);
}

function readList(reader: ByteReader, what: string): number[] {
  return Array.from({ length: reader.count(what) }, () => reader.signed(what));
}

function pick<T>(reader: ByteReader, table: readonly T[], what: string): T {
  const index = reader.u8(what);
  return index < table.length ? table[index] : reader.fail(`${what} ${index} is unknown`);
}

/** By name: the same network gives the same bytes however it was read. */
function inOrder<T>(fields: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
}

function writeOptions(writer: ByteSink, options: OptionValues): void {
  const entries = inOrder(options);
  writer.varint(entries.length);
  for (const [name, value] of entries) {
    writer.string(name);
    if (typeof value === 'number') {
      writer.u8(0);
      writer.f64(value);
    } else if (typeof value === 'string') {
      writer.u8(1);
      writer.string(value);
    } else writer.u8(value ? 3 : 2);
  }
}

function readOptions(reader: ByteReader): OptionValues {
  const entries: [string, OptionValue][] = [];
  for (let left = reader.count('options'); left > 0; left--) {
    const name = reader.string('an option name');
    const type = reader.u8('an option type');
    const value = type === 0 ? reader.f64(name) : type === 1 ? reader.string(name) : type <= 3 ? type === 3 : reader.fail(`option type ${type} is unknown`);
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

/** Integers, lists of integers, or (infinite clip limits, epsilons) float64. */
function writeAttribute(writer: ByteSink, value: number | readonly number[]): void {
  if (typeof value !== 'number') {
    writer.u8(2);
    writeList(writer, value);
  } else if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    writer.u8(0);
    writer.signed(value);
  } else {
    writer.u8(1);
    writer.f64(value);
  }
}

function readAttribute(reader: ByteReader, what: string): number | readonly number[] {
  const type = reader.u8(what);
  if (type === 0) return reader.signed(what);
  if (type === 1) return reader.f64(what);
  return type === 2 ? readList(reader, what) : reader.fail(`attribute type ${type} is unknown`);
}

function writeSlot(writer: ByteSink, slot: ParameterSlot): void {
  const name = (SLOT_NAMES as readonly string[]).indexOf(slot.name);
  if (name < 0) throw new Error(`The packed format has no code for the slot "${slot.name}".`);
  writer.u8(name);
  writer.u8(SLOT_TYPES.indexOf(slot.type));
  writer.varint(slot.count);
  if (slot.type !== 'codes') return;
  writeList(writer, slot.facts.kernelShape);
  writer.u8(slot.facts.isFirst ? 1 : 0);
}

/** Facts follow from kernel shape and operator, so only those two are stored. */
function readSlot(reader: ByteReader, step: { op: LayerGeometry['op']; schemeIndex: number; outputChannels: number } | null): ParameterSlot {
  const name = pick(reader, SLOT_NAMES, 'slot name');
  const type = pick(reader, SLOT_TYPES, 'slot type');
  const count = reader.varint('slot size');
  if (type !== 'codes') return { name, type, count };
  if (!step) return reader.fail('codes stand outside a layer');
  const kernelShape = readList(reader, 'kernel shape');
  const isFirst = reader.u8('first-layer flag') === 1;
  const total = kernelShape.reduce((product, size) => product * size, 1);
  if (total !== count || count <= 0) reader.fail(`a kernel of ${kernelShape.join('×')} has ${total} codes, not ${count}`);
  const facts: LayerFacts = { op: step.op, kernelShape, outputChannels: step.outputChannels, fanIn: total / step.outputChannels, isFirst };
  return { name, type, count, scheme: SCHEME_IDS[step.schemeIndex], facts };
}

function writeStep(writer: ByteSink, step: Step): void {
  writer.u8(KINDS.indexOf(step.kind));
  writer.string(step.node);
  writeList(writer, step.inputs);
  writer.varint(step.output);
  if (step.kind === 'layer') {
    writer.u8(SCHEME_IDS.indexOf(step.scheme));
    writer.part(step.options, writeOptions);
    writer.part(step.geometry, writeGeometry);
  } else if (step.kind === 'op') {
    writer.u8((OPS as readonly OpId[]).indexOf(step.op));
    writer.part(step.attributes, writeAttributes);
  }
  writer.part(step.parameters, writeSlots);
}

function writeGeometry(writer: ByteSink, geometry: LayerGeometry): void {
  writer.u8(LAYER_OPS.indexOf(geometry.op));
  for (const name of GEOMETRY) writer.varint(geometry[name]);
}

function writeAttributes(writer: ByteSink, attributes: Readonly<Record<string, number | readonly number[]>>): void {
  const entries = inOrder(attributes);
  writer.varint(entries.length);
  for (const [name, value] of entries) {
    writer.string(name);
    writeAttribute(writer, value);
  }
}

function writeSlots(writer: ByteSink, slots: readonly ParameterSlot[]): void {
  writer.varint(slots.length);
  for (const slot of slots) writeSlot(writer, slot);
}

function readStep(reader: ByteReader, buffers: number): Step {
  const kind = pick(reader, KINDS, 'step kind');
  const node = reader.string('a node name');
  const inputs = readList(reader, 'step inputs');
  const output = reader.varint('step output');
  if ([...inputs, output].some((index) => index < 0 || index >= buffers)) reader.fail(`step ${node} names a tensor that does not exist`);
  const slots = (layer: Parameters<typeof readSlot>[1]): ParameterSlot[] =>
    Array.from({ length: reader.count('slots') }, () => readSlot(reader, layer));
  if (kind === 'layer') {
    const schemeIndex = reader.u8('scheme');
    if (schemeIndex >= SCHEME_IDS.length) reader.fail(`scheme ${schemeIndex} is unknown`);
    const options = readOptions(reader);
    const op = pick(reader, LAYER_OPS, 'layer operator');
    const sizes = Object.fromEntries(GEOMETRY.map((name) => [name, reader.varint(name)])) as Omit<LayerGeometry, 'op'>;
    const geometry: LayerGeometry = { op, ...sizes };
    const parameters = slots({ op, schemeIndex, outputChannels: geometry.outputChannels });
    return { kind, node, inputs, output, scheme: SCHEMES[SCHEME_IDS[schemeIndex]].id, options, geometry, parameters };
  }
  if (kind !== 'op') return { kind, node, inputs, output, parameters: slots(null) };
  const op = pick(reader, OPS, 'operator');
  const attributes = Object.fromEntries(
    Array.from({ length: reader.count('attributes') }, () => {
      const name = reader.string('an attribute name');
      return [name, readAttribute(reader, name)] as const;
    }),
  );
  return { kind, node, inputs, output, op, attributes, parameters: slots(null) };
}

/** The part of the file before the weights: everything that graph and plan decide. */
export function writeStructure(writer: ByteSink, network: LoweredNetwork): void {
  writer.string(network.name);
  writer.varint(network.buffers.length);
  for (const buffer of network.buffers) {
    writer.string(buffer.id);
    writer.u8(FORMATS.indexOf(buffer.format));
    writer.part(buffer.shape, writeList);
  }
  writer.varint(network.steps.length);
  for (const step of network.steps) writeStep(writer, step);
  writeList(writer, network.inputs);
  writeList(writer, network.outputs);
}

export function readStructure(reader: ByteReader): LoweredNetwork {
  const name = reader.string('the name');
  const buffers = Array.from({ length: reader.count('tensors') }, () => {
    const id = reader.string('a tensor name');
    const format = pick(reader, FORMATS, 'tensor format');
    const shape = readList(reader, 'tensor shape');
    const total = shape.reduce((product, size) => product * size, 1);
    if (!(total > 0 && total < 2 ** 28)) reader.fail(`tensor ${id} has the shape ${shape.join('×')}`);
    return { id, shape, format };
  });
  const steps = Array.from({ length: reader.count('steps') }, () => readStep(reader, buffers.length));
  const inputs = readList(reader, 'inputs');
  const outputs = readList(reader, 'outputs');
  const valid = (index: number): boolean => index >= 0 && index < buffers.length && buffers[index].format === 'float32';
  if (inputs.length === 0 || outputs.length === 0 || ![...inputs, ...outputs].every(valid)) reader.fail('its inputs or outputs name no float tensor');
  return { name, buffers, steps, inputs, outputs };
}
