import { readFields, readFloat, readFloats, readIntegers, readMessage, readText, wireError, type Field, type Span } from './wire.ts';

// Field numbers are those of onnx.proto3 (ONNX IR version 10, Apache-2.0).

/** Texts of the entries `location`, `offset` and `length`; absent ones are null. */
export interface ExternalData {
  readonly location: string;
  readonly offset: string | null;
  readonly length: string | null;
}

/** An initialiser or constant. Numbers are decoded when something asks for them (`tensor.ts`). */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Where the numbers lie beside the file, as it says it. */
  readonly external: ExternalData | null;
  readonly raw: Span | null;
  /** float_data, int32_data, int64_data, double_data by field number. */
  readonly lists: Readonly<Record<number, readonly Field[]>>;
  readonly span: Span;
}

export interface Attribute {
  readonly float: number | null;
  readonly integer: number | null;
  readonly text: string | null;
  readonly tensor: TensorProto | null;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
}

export interface NodeProto {
  readonly name: string;
  /** With the domain in front where it is not ONNX' own. */
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface ValueInfo {
  readonly name: string;
  /** null for a dimension without a fixed size; null altogether where the file says no shape. */
  readonly shape: readonly (number | null)[] | null;
  readonly elementType: number;
}

export interface OnnxFile {
  readonly file: string;
  readonly opset: number;
  readonly producer: string;
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initialisers: ReadonlyMap<string, TensorProto>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfo: ReadonlyMap<string, ValueInfo>;
}

type Grouped = ReadonlyMap<number, readonly Field[]>;

function group(span: Span): Grouped {
  const grouped = new Map<number, Field[]>();
  for (const field of readFields(span)) {
    const list = grouped.get(field.number);
    if (list) list.push(field);
    else grouped.set(field.number, [field]);
  }
  return grouped;
}

/** The last one counts where a single field is repeated, as in protobuf. */
const last = (grouped: Grouped, number: number): Field | undefined => grouped.get(number)?.at(-1);
const all = (grouped: Grouped, number: number): readonly Field[] => grouped.get(number) ?? [];

function text(grouped: Grouped, number: number): string {
  const field = last(grouped, number);
  return field ? readText(field) : '';
}

function integer(grouped: Grouped, number: number): number | null {
  const field = last(grouped, number);
  if (!field) return null;
  if (field.wire !== 0) throw wireError(field.span, 0, 'a whole number is missing');
  return field.integer;
}

export function readOnnx(file: string, bytes: Uint8Array): OnnxFile {
  const span: Span = { file, bytes, offset: 0 };
  const model = group(span);
  const graphField = last(model, 7);
  if (!graphField) throw wireError(span, 0, 'it holds no graph, found');
  const graph = group(readMessage(graphField));
  let opset = 1;
  for (const field of all(model, 8)) {
    const entry = group(readMessage(field));
    const domain = text(entry, 1);
    if (domain === '' || domain === 'ai.onnx') opset = integer(entry, 2) ?? 1;
  }
  const tensors = all(graph, 5).map((field) => readTensor(readMessage(field)));
  const valueInfo = [...all(graph, 13), ...all(graph, 12)].map((field) => readValueInfo(readMessage(field)));
  return {
    file,
    opset,
    producer: text(model, 2),
    name: text(graph, 2),
    nodes: all(graph, 1).map((field) => readNode(readMessage(field))),
    initialisers: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    inputs: all(graph, 11).map((field) => readValueInfo(readMessage(field))),
    outputs: all(graph, 12).map((field) => readValueInfo(readMessage(field))),
    valueInfo: new Map(valueInfo.map((info) => [info.name, info])),
  };
}

function readNode(span: Span): NodeProto {
  const node = group(span);
  const domain = text(node, 7);
  const opType = text(node, 4);
  if (opType === '') throw wireError(span, 0, 'a node has no operator');
  return {
    name: text(node, 3),
    opType: domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`,
    inputs: all(node, 1).map(readText),
    outputs: all(node, 2).map(readText),
    attributes: new Map(all(node, 5).map((field) => readAttribute(readMessage(field)))),
  };
}

function readAttribute(span: Span): [string, Attribute] {
  const attribute = group(span);
  const float = last(attribute, 2);
  const string = last(attribute, 4);
  const tensor = last(attribute, 5);
  return [
    text(attribute, 1),
    {
      float: float ? readFloat(float) : null,
      integer: integer(attribute, 3),
      text: string ? readText(string) : null,
      tensor: tensor ? readTensor(readMessage(tensor)) : null,
      floats: readFloats(all(attribute, 7)),
      integers: readIntegers(all(attribute, 8)),
    },
  ];
}

function readTensor(span: Span): TensorProto {
  const tensor = group(span);
  const raw = last(tensor, 9);
  return {
    name: text(tensor, 8),
    dims: readIntegers(all(tensor, 1)),
    dataType: integer(tensor, 2) ?? 0,
    external: integer(tensor, 14) === 1 ? readExternal(all(tensor, 13)) : null,
    raw: raw ? readMessage(raw) : null,
    lists: { 4: all(tensor, 4), 5: all(tensor, 5), 7: all(tensor, 7), 10: all(tensor, 10) },
    span,
  };
}

function readExternal(fields: readonly Field[]): ExternalData {
  const entries = new Map(fields.map((field) => {
    const entry = group(readMessage(field));
    return [text(entry, 1), text(entry, 2)];
  }));
  return { location: entries.get('location') ?? '', offset: entries.get('offset') ?? null, length: entries.get('length') ?? null };
}

function readValueInfo(span: Span): ValueInfo {
  const info = group(span);
  const type = last(info, 2);
  const tensorType = type && last(group(readMessage(type)), 1);
  const fields: Grouped = tensorType ? group(readMessage(tensorType)) : new Map();
  const shape = last(fields, 2);
  return {
    name: text(info, 1),
    elementType: integer(fields, 1) ?? 0,
    shape: shape ? all(group(readMessage(shape)), 1).map((field) => readDimension(readMessage(field))) : null,
  };
}

function readDimension(span: Span): number | null {
  const size = integer(group(span), 1);
  return size !== null && size > 0 ? size : null;
}
