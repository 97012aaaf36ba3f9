import { StudioError } from '../base/errors.ts';
import { FlatReader, type FlatTable } from './flat-reader.ts';
import type { TfliteModel, TfliteOperator, TfliteOption, TfliteQuantization, TfliteSubgraph, TfliteTensor } from './model.ts';
import { BUFFER, CUSTOM_CODE, MODEL, OPERATOR, OPERATOR_CODE, OPERATORS, QUANTIZATION, SUBGRAPH, TENSOR, TENSOR_TYPES, TFLITE_IDENTIFIER, TFLITE_VERSION, type FieldRow } from './schema.ts';

/** Dimensions of a tensor; the format's own kernels take 8 at most. */
const LARGEST_RANK = 16;

interface OperatorCode {
  readonly op: string;
  readonly custom: boolean;
  readonly version: number;
}

interface File {
  readonly reader: FlatReader;
  readonly bytes: Uint8Array;
}

/**
 * A TensorFlow Lite file as plain data. Buffers are not copied.
 * @throws StudioError where the bytes are no such file: what was found, and where
 */
export function readTflite(bytes: Uint8Array, fileName: string): TfliteModel {
  const reader = new FlatReader(bytes, fileName);
  reader.check(4, TFLITE_IDENTIFIER.length, 'the mark of the format');
  if ([...TFLITE_IDENTIFIER].some((letter, i) => bytes[4 + i] !== letter.charCodeAt(0))) throw reader.failure(4, `the mark ${TFLITE_IDENTIFIER} is missing`);
  const file = { reader, bytes };
  const root = reader.tableAt(0, 'the model');
  const version = root.unsigned(MODEL.version);
  if (version !== TFLITE_VERSION) {
    throw new StudioError(`${fileName} has version ${version} of the TensorFlow Lite format; version ${TFLITE_VERSION} can be read.`, {
      where: fileName,
      next: 'Convert the network again with a TensorFlow of 2018 or later.',
    });
  }
  const codes = root.tables(MODEL.operatorCodes, 'operator code').map(readOperatorCode);
  const buffers = root.tables(MODEL.buffers, 'buffer').map((table) => readBuffer(table, file));
  const subgraphs = root.tables(MODEL.subgraphs, 'graph').map((table) => readSubgraph(table, file, codes, buffers.length));
  return { description: root.text(MODEL.description), subgraphs, buffers };
}

const NAMES = new Map(Object.entries(OPERATORS).map(([name, row]) => [row.code, name]));

function readOperatorCode(table: FlatTable): OperatorCode {
  const code = Math.max(table.byte(OPERATOR_CODE.deprecatedBuiltinCode, 0), table.int(OPERATOR_CODE.builtinCode, 0));
  const custom = code === CUSTOM_CODE;
  return { op: custom ? table.text(OPERATOR_CODE.customCode) : (NAMES.get(code) ?? String(code)), custom, version: table.int(OPERATOR_CODE.version, 1) };
}

/** Bytes that stand in the table, or those behind the flatbuffer that it names. */
function readBytes(table: FlatTable, file: File, slots: { readonly data: number; readonly offset: number; readonly size: number }, what: string): Uint8Array {
  const offset = table.unsignedLong(slots.offset);
  if (offset <= 1) {
    const { start, length } = table.vector(slots.data, 1, false);
    return file.bytes.subarray(start, start + length);
  }
  const size = table.unsignedLong(slots.size);
  if (size > file.bytes.length - offset) throw file.reader.failure(table.position, `${what} of ${size} bytes behind byte ${offset} goes beyond the end`);
  return file.bytes.subarray(offset, offset + size);
}

const readBuffer = (table: FlatTable, file: File): Uint8Array => readBytes(table, file, BUFFER, 'a buffer');

function readSubgraph(table: FlatTable, file: File, codes: readonly OperatorCode[], buffers: number): TfliteSubgraph {
  const tensors = table.tables(SUBGRAPH.tensors, 'tensor').map((tensor) => readTensor(tensor, file, buffers));
  const places = (at: FlatTable, slot: number, lowest: number): readonly number[] => {
    const list = at.ints(slot);
    const wrong = list.find((index) => index < lowest || index >= tensors.length);
    if (wrong !== undefined) throw file.reader.failure(at.position, `tensor ${wrong} is asked for, of ${tensors.length}`);
    return list;
  };
  const operators = table.tables(SUBGRAPH.operators, 'operator').map((operator): TfliteOperator => {
    const index = operator.unsigned(OPERATOR.opcodeIndex);
    if (index >= codes.length) throw file.reader.failure(operator.position, `operator code ${index} is asked for, of ${codes.length}`);
    const inputs = places(operator, OPERATOR.inputs, -1);
    const outputs = places(operator, OPERATOR.outputs, 0);
    return { ...codes[index], inputs, outputs, options: readOptions(operator, codes[index]), customOptions: codes[index].custom ? readCustomOptions(operator, file) : null };
  });
  return { name: table.text(SUBGRAPH.name), tensors, inputs: places(table, SUBGRAPH.inputs, 0), outputs: places(table, SUBGRAPH.outputs, 0), operators };
}

const CUSTOM_OPTIONS = { data: OPERATOR.customOptions, offset: OPERATOR.largeCustomOptionsOffset, size: OPERATOR.largeCustomOptionsSize };

function readCustomOptions(operator: FlatTable, file: File): Uint8Array | null {
  const bytes = readBytes(operator, file, CUSTOM_OPTIONS, 'the options');
  return bytes.length > 0 ? bytes : null;
}

function readOptions(operator: FlatTable, { op, custom }: OperatorCode): Readonly<Record<string, TfliteOption>> {
  if (custom || !Object.hasOwn(OPERATORS, op)) return {};
  const row = OPERATORS[op];
  const fits = row.optionsType !== 0 && operator.unsignedByte(OPERATOR.optionsType) === row.optionsType;
  const table = fits ? operator.table(OPERATOR.options, `the options of ${op}`) : null;
  return Object.fromEntries(row.fields.map((field) => [field[0], table ? readField(table, field) : field[3]]));
}

function readField(table: FlatTable, [, type, slot, fallback]: FieldRow): TfliteOption {
  if (type === 'ints') return table.ints(slot);
  if (type === 'bool') return table.byte(slot, Number(fallback)) !== 0;
  if (type === 'float') return table.float(slot, Number(fallback));
  return type === 'byte' ? table.byte(slot, Number(fallback)) : table.int(slot, Number(fallback));
}

function readTensor(table: FlatTable, { reader }: File, buffers: number): TfliteTensor {
  const name = table.text(TENSOR.name);
  const shape = table.ints(TENSOR.shape);
  const type = table.unsignedByte(TENSOR.type);
  const buffer = table.unsigned(TENSOR.buffer);
  if (shape.length > LARGEST_RANK) throw reader.failure(table.position, `a tensor has ${shape.length} dimensions`);
  if (shape.some((size) => size < 0)) throw reader.failure(table.position, `a tensor has the shape [${shape.join(', ')}]`);
  if (type >= TENSOR_TYPES.length) throw reader.failure(table.position, `a tensor has the unknown type ${type}`);
  if (buffer >= buffers) throw reader.failure(table.position, `buffer ${buffer} is asked for, of ${buffers}`);
  if (table.table(TENSOR.sparsity, 'a sparse tensor')) {
    throw new StudioError(`${reader.fileName} stores ${name} as a sparse tensor, which the studio does not read.`, {
      where: `${reader.fileName}, ${name}`,
      next: 'Convert the network without the optimisation for sparsity.',
    });
  }
  return { name, shape, type: TENSOR_TYPES[type], buffer, quantization: readQuantization(table, reader, name) };
}

function readQuantization(tensor: FlatTable, reader: FlatReader, name: string): TfliteQuantization | null {
  const table = tensor.table(TENSOR.quantization, `the quantisation of ${name}`);
  if (!table) return null;
  if (table.unsignedByte(QUANTIZATION.detailsType) !== 0) {
    throw new StudioError(`${reader.fileName} quantises ${name} in a way of its own, which the studio does not read.`, {
      where: `${reader.fileName}, ${name}`,
      next: 'Convert the network with scales by tensor or by channel.',
    });
  }
  const scales = table.vector(QUANTIZATION.scale, 4);
  if (scales.length === 0) return null;
  const points = table.vector(QUANTIZATION.zeroPoint, 8);
  if (points.length > 0 && points.length !== scales.length) throw reader.failure(table.position, `${name} has ${scales.length} scales and ${points.length} zero points`);
  const scale = Float32Array.from({ length: scales.length }, (_, i) => reader.view.getFloat32(scales.start + 4 * i, true));
  const zeroPoint = new Int32Array(scales.length);
  for (let i = 0; i < points.length; i++) {
    const point = Number(reader.view.getBigInt64(points.start + 8 * i, true));
    if (point !== (point | 0)) throw reader.failure(points.start + 8 * i, `${name} has the zero point ${point}`);
    zeroPoint[i] = point;
  }
  return { scale, zeroPoint, axis: table.int(QUANTIZATION.axis, 0) };
}
