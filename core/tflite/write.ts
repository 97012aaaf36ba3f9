import { Builder } from 'flatbuffers';
import { StudioError } from '../base/errors.ts';
import type { TfliteModel, TfliteOperator, TfliteOption, TfliteQuantization, TfliteSubgraph, TfliteTensor } from './model.ts';
import { BUFFER, CUSTOM_CODE, LARGEST_BYTE_CODE, MODEL, OPERATOR, OPERATOR_CODE, OPERATORS, QUANTIZATION, SUBGRAPH, TENSOR, TENSOR_TYPES, TFLITE_IDENTIFIER, TFLITE_VERSION, type FieldRow } from './schema.ts';

/** Offsets in a flatbuffer are signed 32-bit numbers. */
const LARGEST_FILE = 2 ** 31 - 1;
/** Bytes: runtimes use weights where they lie, with vector instructions. */
const BUFFER_ALIGNMENT = 16;

/**
 * The bytes of a TensorFlow Lite file; the same for the same model. Buffers begin at multiples of 16 bytes.
 * @throws StudioError for a file of 2 GB and more
 */
export function writeTflite(model: TfliteModel): Uint8Array<ArrayBuffer> {
  const data = model.buffers.reduce((sum, buffer) => sum + buffer.length + 2 * BUFFER_ALIGNMENT, 0);
  if (data > LARGEST_FILE) throw new StudioError('The weights take more than 2 GB, which a TensorFlow Lite file does not hold.', { next: 'Choose a smaller precision for large layers.' });
  const builder = new Builder(Math.max(1024, data));
  const buffers = model.buffers.map((bytes) => writeBuffer(builder, bytes));
  const codes = operatorCodes(model);
  const subgraphs = model.subgraphs.map((subgraph) => writeSubgraph(builder, subgraph, codes));
  const codeTables = [...codes.values()].map(({ operator }) => writeOperatorCode(builder, operator));
  const description = builder.createString(model.description);
  const lists = { buffers: tables(builder, buffers), subgraphs: tables(builder, subgraphs), codes: tables(builder, codeTables) };
  builder.startObject(MODEL.buffers + 1);
  builder.addFieldInt32(MODEL.version, TFLITE_VERSION, 0);
  builder.addFieldOffset(MODEL.operatorCodes, lists.codes, 0);
  builder.addFieldOffset(MODEL.subgraphs, lists.subgraphs, 0);
  builder.addFieldOffset(MODEL.description, description, 0);
  builder.addFieldOffset(MODEL.buffers, lists.buffers, 0);
  builder.finish(builder.endObject(), TFLITE_IDENTIFIER);
  return builder.asUint8Array().slice();
}

const tables = (builder: Builder, offsets: readonly number[]): number => {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
};

function ints(builder: Builder, numbers: readonly number[]): number {
  builder.startVector(4, numbers.length, 4);
  for (const number of numbers.toReversed()) builder.addInt32(number);
  return builder.endVector();
}

function writeBuffer(builder: Builder, bytes: Uint8Array): number {
  let data = 0;
  if (bytes.length > 0) {
    // The library aligns bytes to 1; what is prepared here stays, because its own steps are smaller.
    builder.prep(BUFFER_ALIGNMENT, bytes.length);
    data = builder.createByteVector(bytes);
  }
  builder.startObject(BUFFER.size + 1);
  builder.addFieldOffset(BUFFER.data, data, 0);
  return builder.endObject();
}

interface CodeRow {
  readonly index: number;
  readonly operator: TfliteOperator;
}

const codeKey = ({ op, custom, version }: TfliteOperator): string => JSON.stringify([op, custom, version]);

/** Each operator and version once, in the order of use. */
function operatorCodes(model: TfliteModel): ReadonlyMap<string, CodeRow> {
  const codes = new Map<string, CodeRow>();
  for (const { operators } of model.subgraphs) {
    for (const operator of operators) {
      const key = codeKey(operator);
      if (!codes.has(key)) codes.set(key, { index: codes.size, operator });
    }
  }
  return codes;
}

function builtinCode(op: string): number {
  const code = Object.hasOwn(OPERATORS, op) ? OPERATORS[op].code : Number(op);
  if (!Number.isInteger(code)) throw new Error(`TensorFlow Lite has no operator ${op}.`);
  return code;
}

function writeOperatorCode(builder: Builder, { op, custom, version }: TfliteOperator): number {
  const code = custom ? CUSTOM_CODE : builtinCode(op);
  const name = custom ? builder.createString(op) : 0;
  builder.startObject(OPERATOR_CODE.builtinCode + 1);
  builder.addFieldInt8(OPERATOR_CODE.deprecatedBuiltinCode, Math.min(code, LARGEST_BYTE_CODE), 0);
  builder.addFieldOffset(OPERATOR_CODE.customCode, name, 0);
  builder.addFieldInt32(OPERATOR_CODE.version, version, 1);
  builder.addFieldInt32(OPERATOR_CODE.builtinCode, code, 0);
  return builder.endObject();
}

function writeSubgraph(builder: Builder, subgraph: TfliteSubgraph, codes: ReadonlyMap<string, CodeRow>): number {
  const tensors = tables(builder, subgraph.tensors.map((tensor) => writeTensor(builder, tensor)));
  const operators = tables(builder, subgraph.operators.map((operator) => writeOperator(builder, operator, codes.get(codeKey(operator))?.index ?? 0)));
  const inputs = ints(builder, subgraph.inputs);
  const outputs = ints(builder, subgraph.outputs);
  const name = builder.createString(subgraph.name);
  builder.startObject(SUBGRAPH.name + 1);
  builder.addFieldOffset(SUBGRAPH.tensors, tensors, 0);
  builder.addFieldOffset(SUBGRAPH.inputs, inputs, 0);
  builder.addFieldOffset(SUBGRAPH.outputs, outputs, 0);
  builder.addFieldOffset(SUBGRAPH.operators, operators, 0);
  builder.addFieldOffset(SUBGRAPH.name, name, 0);
  return builder.endObject();
}

function writeTensor(builder: Builder, { name, shape, type, buffer, quantization }: TfliteTensor): number {
  const dimensions = ints(builder, shape);
  const text = builder.createString(name);
  const grid = quantization ? writeQuantization(builder, quantization) : 0;
  builder.startObject(TENSOR.hasRank + 1);
  builder.addFieldOffset(TENSOR.shape, dimensions, 0);
  builder.addFieldInt8(TENSOR.type, TENSOR_TYPES.indexOf(type), 0);
  builder.addFieldInt32(TENSOR.buffer, buffer, 0);
  builder.addFieldOffset(TENSOR.name, text, 0);
  builder.addFieldOffset(TENSOR.quantization, grid, 0);
  // Tells a scalar from a tensor of unknown rank.
  builder.addFieldInt8(TENSOR.hasRank, 1, 0);
  return builder.endObject();
}

function writeQuantization(builder: Builder, { scale, zeroPoint, axis }: TfliteQuantization): number {
  builder.startVector(4, scale.length, 4);
  for (const value of scale.toReversed()) builder.addFloat32(value);
  const scales = builder.endVector();
  builder.startVector(8, zeroPoint.length, 8);
  for (const value of zeroPoint.toReversed()) builder.addInt64(BigInt(value));
  const points = builder.endVector();
  builder.startObject(QUANTIZATION.axis + 1);
  builder.addFieldOffset(QUANTIZATION.scale, scales, 0);
  builder.addFieldOffset(QUANTIZATION.zeroPoint, points, 0);
  builder.addFieldInt32(QUANTIZATION.axis, axis, 0);
  return builder.endObject();
}

function writeOperator(builder: Builder, operator: TfliteOperator, index: number): number {
  const row = !operator.custom && Object.hasOwn(OPERATORS, operator.op) ? OPERATORS[operator.op] : null;
  const options = row && row.optionsType !== 0 ? writeOptions(builder, row.fields, operator.options) : 0;
  const customOptions = operator.customOptions ? builder.createByteVector(operator.customOptions) : 0;
  const inputs = ints(builder, operator.inputs);
  const outputs = ints(builder, operator.outputs);
  builder.startObject(OPERATOR.customOptions + 1);
  builder.addFieldInt32(OPERATOR.opcodeIndex, index, 0);
  builder.addFieldOffset(OPERATOR.inputs, inputs, 0);
  builder.addFieldOffset(OPERATOR.outputs, outputs, 0);
  builder.addFieldInt8(OPERATOR.optionsType, row?.optionsType ?? 0, 0);
  builder.addFieldOffset(OPERATOR.options, options, 0);
  builder.addFieldOffset(OPERATOR.customOptions, customOptions, 0);
  return builder.endObject();
}

/** Options that are not given have the schema's default. */
function writeOptions(builder: Builder, fields: readonly FieldRow[], options: Readonly<Record<string, TfliteOption>>): number {
  const value = ([name, , , fallback]: FieldRow): TfliteOption => options[name] ?? fallback;
  const lists = new Map(fields.filter(([, type]) => type === 'ints').map((field) => [field[0], ints(builder, value(field) as readonly number[])]));
  builder.startObject(Math.max(0, ...fields.map(([, , slot]) => slot + 1)));
  for (const field of fields) {
    const [name, type, slot, fallback] = field;
    if (type === 'ints') builder.addFieldOffset(slot, lists.get(name) ?? 0, 0);
    else if (type === 'float') builder.addFieldFloat32(slot, Number(value(field)), Number(fallback));
    else if (type === 'int') builder.addFieldInt32(slot, Number(value(field)), Number(fallback));
    else builder.addFieldInt8(slot, Number(value(field)), Number(fallback));
  }
  return builder.endObject();
}
