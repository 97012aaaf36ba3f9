import { StudioError } from '../../base/errors.ts';
import { joined } from '../../base/joined.ts';
import { nodePart, tensorOf, tensorPart, valuePart, type OnnxNode } from './messages.ts';
import { bytesField, type Part } from './protobuf.ts';

/*
 * No runtime here has QONNX's operators, so a written file is proved with each of them replaced by the ONNX operators that its public
 * definition consists of. Works on the bytes alone and shares nothing with what wrote them but the encoding.
 */

interface Field {
  readonly number: number;
  /** Of length-delimited fields; empty for others. */
  readonly bytes: Uint8Array;
  /** Of varints. */
  readonly value: number;
  /** The whole field, tag included. */
  readonly raw: Uint8Array;
}

function fieldsOf(message: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = message[at++];
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const wire = tag & 7;
    const value = wire === 0 ? varint() : 0;
    const length = wire === 2 ? varint() : wire === 5 ? 4 : wire === 1 ? 8 : 0;
    fields.push({ number: tag >> 3, bytes: wire === 2 ? message.subarray(at, at + length) : message.subarray(at, at), value, raw: message.subarray(start, at + length) });
    at += length;
  }
  return fields;
}

const decoder = new TextDecoder();
const texts = (fields: readonly Field[], number: number): readonly string[] => fields.filter((field) => field.number === number).map(({ bytes }) => decoder.decode(bytes));

interface CustomNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: ReadonlyMap<string, number | string>;
}

function customNode(node: readonly Field[]): CustomNode {
  const attributes = node.filter(({ number }) => number === 5).map(({ bytes }): readonly [string, number | string] => {
    const fields = fieldsOf(bytes);
    const text = fields.find(({ number }) => number === 4);
    return [texts(fields, 1)[0], text ? decoder.decode(text.bytes) : (fields.find(({ number }) => number === 3)?.value ?? 0)];
  });
  return { op: texts(node, 4)[0], inputs: texts(node, 1), output: texts(node, 2)[0], attributes: new Map(attributes) };
}

/** ONNX nodes and numbers that stand for one node of the dialect. */
function replacement({ op, inputs, output, attributes }: CustomNode, numberOf: (name: string) => number): readonly Part[] {
  const parts: Part[] = [];
  const number = (role: string, value: number): string => {
    parts.push(tensorPart(`${output}/as ${role}`, tensorOf('float32', [], [value])));
    return `${output}/as ${role}`;
  };
  const node = (standard: string, from: readonly string[], result = `${output}/as ${standard}`): string => {
    const written: OnnxNode = { name: `${output}/as ${standard}`, op: standard, inputs: from, output: result, attributes: {} };
    parts.push(nodePart(written));
    return result;
  };
  const [value, scale, zeroPoint, bitWidth] = inputs;
  if (op === 'BipolarQuant') {
    const sign = node('Where', [node('GreaterOrEqual', [value, number('zero', 0)]), number('one', 1), number('minus-one', -1)]);
    node('Mul', [sign, scale], output);
    return parts;
  }
  if (op !== 'Quant' || attributes.get('rounding_mode') !== 'ROUND') throw new StudioError(`The file has the node ${op}, which is not one that Bitwright writes.`, { where: output });
  const [signed, narrow, bits] = [attributes.get('signed') === 1, attributes.get('narrow') === 1, numberOf(bitWidth)];
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1 - Number(narrow);
  const low = signed ? -(2 ** (bits - 1)) + Number(narrow) : 0;
  const moved = node('Add', [node('Div', [value, scale]), zeroPoint]);
  const code = node('Clip', [node('Round', [moved]), number('low', low), number('high', high)]);
  node('Mul', [node('Sub', [code, zeroPoint]), scale], output);
  return parts;
}

export interface LoweredFile {
  readonly bytes: Uint8Array;
  /** Scales of the quantisers, to be given with each run: a runtime that knew them would compute weights beforehand and fold multipliers into them. */
  readonly given: Readonly<Record<string, Float32Array>>;
}

/** The file in ONNX's own operators. */
export function lowerQonnx(model: Uint8Array, domain: string): LoweredFile {
  const given: Record<string, Float32Array> = {};
  const bytes = joined(
    fieldsOf(model).map((field) => {
      if (field.number === 7) return bytesField(7, loweredGraph(field.bytes, domain, given));
      return field.number === 8 && texts(fieldsOf(field.bytes), 1).includes(domain) ? new Uint8Array(0) : field.raw;
    }),
  );
  return { bytes, given };
}

function loweredGraph(graph: Uint8Array, domain: string, given: Record<string, Float32Array>): Uint8Array {
  const fields = fieldsOf(graph);
  const nameOf = ({ bytes }: Field): string => texts(fieldsOf(bytes), 8)[0];
  const constants = new Map(fields.filter(({ number }) => number === 5).map((field) => [nameOf(field), fieldsOf(field.bytes).find(({ number }) => number === 9)?.bytes]));
  const numberOf = (name: string): number => {
    const bytes = constants.get(name);
    if (bytes?.length !== 4) throw new StudioError(`The file has no number "${name}".`);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  };
  const used = new Set<string>();
  const nodes = fields.filter(({ number }) => number === 1).flatMap((field): readonly Part[] => {
    const node = fieldsOf(field.bytes);
    const isCustom = texts(node, 7).includes(domain);
    const custom = customNode(node);
    custom.inputs.forEach((input, i) => !(isCustom && i === 3) && used.add(input));
    if (!isCustom) return [field.raw];
    given[custom.inputs[1]] = Float32Array.of(numberOf(custom.inputs[1]));
    return replacement(custom, numberOf);
  });
  const others = fields.filter((field) => field.number !== 1 && !(field.number === 5 && (!used.has(nameOf(field)) || nameOf(field) in given)));
  const scales = Object.keys(given).map((name) => valuePart(11, { name, type: 'float32', shape: [] }));
  return joined([...nodes, ...others.map(({ raw }) => raw), ...scales]);
}
