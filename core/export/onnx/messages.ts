import { packBits } from '../../quant/pack.ts';
import { joined } from '../../base/joined.ts';
import { bytesField, floatBytes, floatField, integerField, messageField, textField, type Part } from './protobuf.ts';

// Field numbers and element types are those of onnx.proto3 (ONNX 1.20, Apache-2.0).

const ELEMENT_TYPES = { float32: 1, int8: 3, int32: 6, int64: 7, int4: 22, int2: 26 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

export function elementTypeNumber(type: ElementType): number {
  return ELEMENT_TYPES[type];
}

/** A constant; bytes as raw_data has them: little-endian, row by row, several small numbers a byte from the lowest bits up. */
export interface OnnxTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

export type AttributeValue = number | { readonly float: number } | { readonly text: string } | readonly number[];

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  /** An empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Where the operator is defined; absent: by ONNX itself. */
  readonly domain?: string;
}

/** A value at the model's border; a text is a size that only a run knows. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly description: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

function int32Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setInt32(i * 4, values[i], true);
  return new Uint8Array(view.buffer);
}

function int64Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let i = 0; i < values.length; i++) view.setBigInt64(i * 8, BigInt(values[i]), true);
  return new Uint8Array(view.buffer);
}

const BYTES: Readonly<Record<ElementType, (values: ArrayLike<number>) => Uint8Array>> = {
  float32: floatBytes,
  int8: (values) => packBits(values, 8),
  int32: int32Bytes,
  int64: int64Bytes,
  int4: (values) => packBits(values, 4),
  int2: (values) => packBits(values, 2),
};

export function tensorOf(type: ElementType, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  return { type, dims, bytes: BYTES[type](values) };
}

export function tensorPart(name: string, { type, dims, bytes }: OnnxTensor): Part {
  return messageField(5, [...dims.map((size) => integerField(1, size)), integerField(2, ELEMENT_TYPES[type]), textField(8, name), bytesField(9, bytes)]);
}

function attributeParts(name: string, value: AttributeValue): readonly Part[] {
  const named = textField(1, name);
  if (typeof value === 'number') return [named, integerField(3, value), integerField(20, 2)];
  if ('float' in value) return [named, floatField(2, value.float), integerField(20, 1)];
  if ('text' in value) return [named, textField(4, value.text), integerField(20, 3)];
  return [named, ...value.map((item) => integerField(8, item)), integerField(20, 7)];
}

export function nodePart({ name, op, inputs, output, attributes, domain }: OnnxNode): Part {
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, name),
    textField(4, op),
    ...Object.entries(attributes).map(([key, value]) => messageField(5, attributeParts(key, value))),
    ...(domain === undefined ? [] : [textField(7, domain)]),
  ]);
}

export function valuePart(field: number, { name, type, shape }: OnnxValue): Part {
  const dims = shape.map((size) => messageField(1, [typeof size === 'number' ? integerField(1, size) : textField(2, size)]));
  return messageField(field, [textField(1, name), messageField(2, [messageField(1, [integerField(1, ELEMENT_TYPES[type]), messageField(2, dims)])])]);
}

export function modelBytes(model: OnnxModel): Uint8Array {
  const graph = [
    ...model.nodes.map(nodePart),
    textField(2, model.name),
    ...[...model.constants].map(([name, tensor]) => tensorPart(name, tensor)),
    ...model.inputs.map((value) => valuePart(11, value)),
    ...model.outputs.map((value) => valuePart(12, value)),
  ];
  return joined([
    integerField(1, model.irVersion),
    textField(2, 'Bitwright'),
    textField(6, model.description),
    messageField(7, graph),
    messageField(8, [textField(1, ''), integerField(2, model.opset)]),
    ...[...new Set(model.nodes.flatMap(({ domain }) => domain ?? []))].map((domain) => messageField(8, [textField(1, domain), integerField(2, 1)])),
    ...Object.entries(model.metadata).map(([key, value]) => messageField(14, [textField(1, key), textField(2, value)])),
  ]);
}
