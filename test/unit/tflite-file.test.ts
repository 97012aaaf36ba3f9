import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import type { TfliteModel, TfliteOperator } from '../../core/tflite/model.ts';
import { readTflite } from '../../core/tflite/read.ts';
import { OPERATORS, type FieldRow } from '../../core/tflite/schema.ts';
import { writeTflite } from '../../core/tflite/write.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

const REAL_FILES = [
  'larq/quicknet_lce', 'mlperf-tiny/ad01_int8', 'mlperf-tiny/kws_ref_model', 'mlperf-tiny/kws_ref_model_float32', 'mlperf-tiny/pretrainedResnet',
  'mlperf-tiny/pretrainedResnet_quant', 'mnist/conv_fc_mnist', 'tflite/hello_world_float', 'tflite/hello_world_int8', 'tflite/mobilenet_v1_0.25_224_float', 'tflite/person_detect',
].map((name) => realFile(`models/${name}.tflite`));

/** A value other than the default, so that a field in the wrong slot shows. */
function otherValue([name, type, , fallback]: FieldRow): number | boolean | readonly number[] {
  if (type === 'ints') return [3, -1];
  if (type === 'bool') return fallback === false;
  return type === 'float' ? 0.25 : Number(fallback) + 1 + (name.length % 3);
}

/** The test runner compares megabytes for minutes. */
const comparable = (model: TfliteModel): object => ({ ...model, buffers: model.buffers.map((bytes) => createHash('sha256').update(bytes).digest('hex')) });

/** Every operator of the table once, with every option set, a custom one and one without a row. */
function everyOperator(): TfliteModel {
  const inputs = [0, -1, 1];
  const builtIn = Object.entries(OPERATORS).map(([op, row], i): TfliteOperator => ({
    op, custom: false, version: 1 + (i % 4), inputs, outputs: [2], options: Object.fromEntries(row.fields.map((field) => [field[0], otherValue(field)])), customOptions: null,
  }));
  const others: readonly TfliteOperator[] = [
    { op: 'LceQuantize', custom: true, version: 1, inputs: [0], outputs: [2], options: {}, customOptions: Uint8Array.of(7, 8, 9) },
    { op: '206', custom: false, version: 1, inputs: [0], outputs: [2], options: {}, customOptions: null },
  ];
  return {
    description: 'every operator',
    subgraphs: [{
      name: 'main',
      inputs: [0],
      outputs: [2],
      operators: [...builtIn, ...others],
      tensors: [
        { name: 'in', shape: [1, 4], type: 'FLOAT32', buffer: 0, quantization: null },
        { name: 'wéights', shape: [3], type: 'INT8', buffer: 1, quantization: { scale: Float32Array.of(0.5, 0.25, 2), zeroPoint: Int32Array.of(0, -128, 127), axis: 1 } },
        { name: 'out', shape: [], type: 'BFLOAT16', buffer: 2, quantization: null },
      ],
    }],
    buffers: [new Uint8Array(), Uint8Array.of(1, 2, 3), Uint8Array.from({ length: 37 }, (_, i) => i)],
  };
}

/** Reads fields from the bytes by the rules of the format alone. */
function walker(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (table: number, slot: number): number | null => {
    const layout = table - view.getInt32(table, true);
    const at = 4 + 2 * slot;
    const offset = at < view.getUint16(layout, true) ? view.getUint16(layout + at, true) : 0;
    return offset ? table + offset : null;
  };
  const list = (table: number, slot: number): { start: number; length: number } => {
    const at = field(table, slot);
    if (at === null) return { start: 0, length: 0 };
    return { start: follow(at) + 4, length: view.getUint32(follow(at), true) };
  };
  const tables = (table: number, slot: number): number[] => {
    const { start, length } = list(table, slot);
    return Array.from({ length }, (_, i) => follow(start + 4 * i));
  };
  return { view, follow, field, list, tables };
}

describe('a TensorFlow Lite file', () => {
  test('is read back as it was written, with every operator and option', () => {
    const model = everyOperator();
    expect(readTflite(writeTflite(model), 'every.tflite')).toEqual(model);
  });

  test('has the same bytes each time it is written', () => {
    expect(writeTflite(everyOperator())).toEqual(writeTflite(everyOperator()));
  });

  test('has buffers at multiples of 16 bytes, both operator codes and options in the slots of the schema', () => {
    const model = everyOperator();
    const bytes = writeTflite(model);
    const { view, follow, field, list, tables } = walker(bytes);
    expect(new TextDecoder().decode(bytes.subarray(4, 8))).toBe('TFL3');
    const root = follow(0);
    expect(view.getUint32(field(root, 0) ?? 0, true)).toBe(3);

    const data = tables(root, 4).map((table) => list(table, 0));
    expect(data.map(({ length }) => length)).toEqual([0, 3, 37]);
    for (const { start } of data.slice(1)) expect(start % 16).toBe(0);
    expect([...bytes.subarray(data[2].start, data[2].start + 37)]).toEqual([...model.buffers[2]]);

    const codes = tables(root, 1).map((table) => {
      const [byte, code] = [field(table, 0), field(table, 3)];
      return [byte === null ? 0 : view.getInt8(byte), code === null ? 0 : view.getInt32(code, true)];
    });
    expect(codes).toContainEqual([3, 3]); // CONV_2D
    expect(codes).toContainEqual([127, 158]); // SIGN
    expect(codes).toContainEqual([32, 32]); // CUSTOM

    const operators = tables(tables(root, 2)[0], 3);
    const place = model.subgraphs[0].operators.findIndex(({ op }) => op === 'DEPTHWISE_CONV_2D');
    const convolution = operators[place];
    expect(view.getUint8(field(convolution, 3) ?? 0)).toBe(2); // DepthwiseConv2DOptions
    const options = follow(field(convolution, 4) ?? 0);
    const { stride_w: strideX, dilation_h_factor: dilationY } = model.subgraphs[0].operators[place].options;
    expect(view.getInt32(field(options, 1) ?? 0, true)).toBe(strideX);
    expect(view.getInt32(field(options, 6) ?? 0, true)).toBe(dilationY);
    const inputs = list(convolution, 1);
    expect([0, 1, 2].map((i) => view.getInt32(inputs.start + 4 * i, true))).toEqual([0, -1, 1]);

    const weights = tables(tables(root, 2)[0], 0)[1];
    const grid = follow(field(weights, 4) ?? 0);
    const points = list(grid, 3);
    expect(points.start % 8).toBe(0);
    expect([0, 1, 2].map((i) => view.getBigInt64(points.start + 8 * i, true))).toEqual([0n, -128n, 127n]);
    expect(view.getInt32(field(grid, 6) ?? 0, true)).toBe(1);
  });

  test('may keep buffers behind the flatbuffer', () => {
    const inner = writeTflite(everyOperator());
    const bytes = new Uint8Array(inner.length + 64);
    bytes.set(inner);
    bytes.set([5, 6, 7], inner.length);
    // Buffer 1 becomes a table of a large file, with its layout before it: no data, an offset and a size.
    const view = new DataView(bytes.buffer);
    const layout = inner.length + 8;
    [10, 24, 0, 8, 16].forEach((number, i) => view.setUint16(layout + 2 * i, number, true));
    const table = layout + 16;
    view.setInt32(table, 16, true);
    view.setBigUint64(table + 8, BigInt(inner.length), true);
    view.setBigUint64(table + 16, 3n, true);
    const { follow, list } = walker(bytes);
    const entry = list(follow(0), 4).start + 4;
    view.setUint32(entry, table - entry, true);
    expect([...readTflite(bytes, 'large.tflite').buffers[1]]).toEqual([5, 6, 7]);
    view.setBigUint64(table + 16, 300n, true);
    expect(() => readTflite(bytes, 'large.tflite')).toThrow(/a buffer of 300 bytes .* goes beyond the end/);
  });

  test('cut off anywhere is refused with its place', () => {
    const bytes = writeTflite(everyOperator());
    for (let length = 0; length < bytes.length; length += 97) {
      try {
        readTflite(bytes.slice(0, length), 'cut.tflite');
      } catch (error) {
        expect(error).toBeInstanceOf(StudioError);
        expect((error as StudioError).where).toMatch(/^cut\.tflite/);
      }
    }
    expect(() => readTflite(bytes.slice(0, 40), 'cut.tflite')).toThrow(StudioError);
  });
});

describe.skipIf(!hasRealData)('the TensorFlow Lite files of others', () => {
  test.each(REAL_FILES)('%s is the same after reading, writing and reading', (path) => {
    const model = readTflite(new Uint8Array(readFileSync(path)), basename(path));
    expect(comparable(readTflite(writeTflite(model), basename(path)))).toEqual(comparable(model));
    expect(model.subgraphs[0].operators.every(({ custom, options, op }) => custom || Object.keys(options).length === (OPERATORS[op]?.fields.length ?? 0))).toBe(true);
  });
});
