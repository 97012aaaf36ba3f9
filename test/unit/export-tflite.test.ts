import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { EXPORTERS } from '../../core/export/index.ts';
import { packedLayout } from '../../core/export/packed/layout.ts';
import { lce, tflite } from '../../core/export/tflite/index.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { writeFlexMap } from '../../core/tflite/flex-map.ts';
import type { TfliteModel, TfliteOperator } from '../../core/tflite/model.ts';
import { readTflite } from '../../core/tflite/read.ts';
import { openTflite } from '../fixtures/litert-runtime.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

const MODEL = plainNetwork(5);
const PLAN: Plan = { conv1: { scheme: 'int8' }, conv2: { scheme: 'int4' }, conv3: { scheme: 'xnor' }, dense1: { scheme: 'ternary' }, dense2: { scheme: 'int8' } };
const MACHINE = { compileC: null, openOnnx: null, openTflite };

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(index + 1);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

async function deployed(plan: Plan): Promise<Program> {
  return deploy({ model: MODEL, plan, calibration: await calibrate(MODEL, watchFloat(MODEL), (i) => sampleOf(MODEL, i), 16, { observer: 'mse' }) });
}

async function written(program: Program, target = tflite): Promise<{ readonly bytes: Uint8Array; readonly model: TfliteModel }> {
  const [{ path, bytes }] = await target.write(program, 'network');
  return { bytes, model: readTflite(bytes, path) };
}

const operatorsOf = ({ subgraphs }: TfliteModel): readonly TfliteOperator[] => subgraphs[0].operators;

/** The constant that a layer has under this name: its type, shape, scales and bytes. */
function constantOf(model: TfliteModel, name: string) {
  const tensor = model.subgraphs[0].tensors.find((one) => one.name === name)!;
  return { type: tensor.type, shape: tensor.shape, quantization: tensor.quantization, bytes: model.buffers[tensor.buffer] };
}

describe('a TensorFlow Lite file', () => {
  it('keeps the names of the graph for what is stored, and every name once', async () => {
    const { model } = await written(await deployed(PLAN));
    const [{ tensors, inputs, outputs }] = model.subgraphs;
    expect(inputs.map((input) => [tensors[input].name, tensors[input].shape])).toEqual([['input', [1, 8, 8, 3]]]);
    expect(outputs.map((output) => tensors[output].name)).toEqual(MODEL.graph.outputs);
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
    expect(model.description).toContain('"conv3":"xnor"');
  });

  it('has 8-bit weights with a positive scale a channel, 4-bit ones two a byte, and says the version that means them', async () => {
    const program = await deployed(PLAN);
    expect(Math.min(...program.parameters.flatMap((slots) => [...(slots['multiplier'] ?? [])]))).toBeLessThan(0);
    const { model } = await written(program);
    const first = constantOf(model, 'conv1/codes');
    expect([first.type, first.shape, first.quantization!.scale.length, first.quantization!.axis]).toEqual(['INT8', [10, 3, 3, 3], 10, 0]);
    expect(Math.min(...first.quantization!.scale)).toBeGreaterThan(0);
    const second = constantOf(model, 'conv2/codes');
    expect([second.type, second.bytes.length]).toEqual(['INT4', Math.ceil(elementCount(second.shape) / 2)]);
    const versions = new Set(operatorsOf(model).filter(({ op }) => op === 'CONV_2D').map(({ version }) => version));
    expect(versions).toEqual(new Set([1, 3, 7]));
  });

  it('has the same bytes for the same network', async () => {
    const [first, second] = [await written(await deployed(PLAN)), await written(await deployed(PLAN))];
    expect(second.bytes).toEqual(first.bytes);
  });
});

describe('before a TensorFlow Lite file is written', () => {
  it('says of every layer how it runs and what it takes', async () => {
    const program = await deployed(PLAN);
    const found = await tflite.supports(program);
    expect(found.map(({ layer, severity }) => [layer, severity])).toEqual(layersOf(MODEL.graph).map(({ id }) => [id, 'lowered']));
    const bytesOf = await tflite.bytesOf!(program);
    const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
    expect(found[1].message).toContain(`4-bit numbers: ${kilobytes(bytesOf('conv2'))} here, ${kilobytes(packedLayout(program.network).nodes['conv2'])} packed`);
    expect((await lce.supports(program))[2].message).toContain('runs on bits in Larq Compute Engine; its weights are 1-bit numbers');
  });

  it.each([
    [['float32', 'int8', 'int4'], 'tflite', null],
    [['ternary', 'xnor'], 'tflite', '2 layers with 8 bits a weight'],
    [['ternary', 'xnor'], 'lce', '1 layer with 8 bits a weight'],
    [['int8', 'xnor'], 'lce', null],
  ] as const)('the wizard says of %j for %s: %s', (schemes, target, expected) => {
    const sentence = EXPORTERS[target].lowers!(schemes as readonly SchemeId[]);
    if (expected === null) expect(sentence).toBeNull();
    else expect(sentence).toContain(expected);
  });
});

describe('exporting to TensorFlow Lite', () => {
  const context = { signal: new AbortController().signal, report: () => {} };
  const arg = { target: 'tflite', name: 'network', data: null, preprocess: 'unit', proofSamples: 8 } as const;

  it('proves the bytes that it gives', async () => {
    const result = await exportProgram(await deployed(PLAN), arg, context, MACHINE);
    expect(result.proof).toMatchObject({ equal: true, samples: 8, answersEqual: 8, ties: 0 });
    expect(result.weightBytes).toBe(result.files[0].bytes.length);
  });
  it('is not equal where another file is opened', async () => {
    const wrong = (await written(await deployed({ ...PLAN, conv2: { scheme: 'ternary' } }))).bytes;
    let opened = 0;
    const machine = { ...MACHINE, openTflite: (model: Uint8Array) => openTflite(opened++ === 0 ? wrong : model) };
    const result = await exportProgram(await deployed(PLAN), { ...arg, proofSamples: 32 }, context, machine);
    expect(result.proof.answersEqual).toBeLessThan(32);
    expect(result.proof.equal).toBe(false);
  });
  it('counts what an operator between the layers stores with the layer before it', async () => {
    const program = await deployed(PLAN);
    const { steps } = program.network;
    const spoiled = steps.findIndex(({ kind }, i) => kind !== 'layer' && i > 2);
    const machine = {
      ...MACHINE,
      openTflite: async (model: Uint8Array) => {
        const opened = await openTflite(model);
        const run = async (inputs: Readonly<Record<string, Uint8Array>>) =>
          Object.fromEntries(Object.entries(await opened.run(inputs)).map(([name, bytes], i, all) => [name, all.length > 1 && i === spoiled ? bytes.map((byte) => byte ^ 0x40) : bytes]));
        return { ...opened, run };
      },
    };
    const { proof } = await exportProgram(program, arg, context, machine);
    const before = steps.slice(0, spoiled).findLast(({ kind }) => kind === 'layer')!.node;
    expect(proof.rows.filter(({ differences }) => differences > 0).map(({ layer }) => layer)).toEqual([before]);
    expect(proof.equal).toBe(false);
  });
  it('does not take for results what the runtime did not compute', async () => {
    // It opens a file with operators that it does not know, and gives zeros.
    const opened = await openTflite((await written(await deployed(PLAN), lce)).bytes);
    const sample = sampleOf(MODEL, 1);
    await expect(opened.run({ input: new Uint8Array(sample.buffer) })).rejects.toThrow(/does not open the written file \(Encountered unresolved custom op: LceQuantize/);
    opened.close();
  });
  it('claims nothing without a runtime', async () => {
    await expect(exportProgram(await deployed(PLAN), arg, context)).rejects.toThrow(/no TensorFlow Lite runtime here/);
  });
});

/** A flatbuffer by its bytes alone: a table's field, or 0. */
function walk(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (table: number, slot: number): number => {
    const vtable = table - view.getInt32(table, true);
    const entry = 4 + 2 * slot;
    const offset = entry < view.getUint16(vtable, true) ? view.getUint16(vtable + entry, true) : 0;
    return offset === 0 ? 0 : table + offset;
  };
  const list = (table: number, slot: number): { readonly at: number; readonly count: number } => {
    const place = field(table, slot);
    return place === 0 ? { at: 0, count: 0 } : { at: follow(place) + 4, count: view.getUint32(follow(place), true) };
  };
  const tables = (table: number, slot: number): readonly number[] => {
    const { at, count } = list(table, slot);
    return Array.from({ length: count }, (_, i) => follow(at + 4 * i));
  };
  const numbers = (table: number, slot: number): readonly number[] => {
    const { at, count } = list(table, slot);
    return Array.from({ length: count }, (_, i) => view.getInt32(at + 4 * i, true));
  };
  const text = (table: number, slot: number): string => {
    const { at, count } = list(table, slot);
    return new TextDecoder().decode(bytes.subarray(at, at + count));
  };
  return { view, root: follow(0), field, list, tables, numbers, text };
}

describe('a one-bit layer in a file for Larq Compute Engine', () => {
  it('lies in the bytes as Larq describes it: sums made of those bits alone are the studio’s', async () => {
    const program = await deployed({ ...PLAN, conv3: { scheme: 'xnor', options: { padding: 'plus' } }, dense1: { scheme: 'float32' } });
    const { bytes } = await written(program, lce);
    const file = walk(bytes);
    const [graph] = file.tables(file.root, 2);
    const codes = file.tables(file.root, 1);
    const tensors = file.tables(graph, 0);
    const buffers = file.tables(file.root, 4);
    const named = file.tables(graph, 3).map((operator) => ({ operator, name: file.text(codes[file.field(operator, 0) ? file.view.getUint32(file.field(operator, 0), true) : 0], 1) }));
    const { operator } = named.find(({ name }) => name === 'LceBconv2d')!;
    expect(named.map(({ name }) => name)).toContain('LceQuantize');
    const inputs = file.numbers(operator, 1);
    expect(inputs).toHaveLength(5);
    const words = (input: number) => {
      const data = file.list(buffers[file.view.getUint32(file.field(tensors[input], 2), true)], 0);
      expect(data.at % 16).toBe(0);
      return Int32Array.from({ length: data.count / 4 }, (_, i) => file.view.getInt32(data.at + 4 * i, true));
    };
    const index = program.network.steps.findIndex(({ node, kind }) => node === 'conv3' && kind === 'layer');
    const step = program.network.steps[index];
    if (step.kind !== 'layer') throw new Error('conv3 is a layer.');
    const { geometry } = step;
    const perPixel = Math.ceil(geometry.inputChannels / 32);
    expect(file.numbers(tensors[inputs[1]], 0)).toEqual([geometry.outputChannels, 3, 3, perPixel]);
    const filter = words(inputs[1]);
    // Signs that the studio reads, by hand; a border is +1.
    const own = createRuntime(program, createEngine({ variant: 'wasm' }));
    own.run(sampleOf(MODEL, 3));
    const packed = own.read(step.inputs[0]) as Uint8Array;
    const signAt = (y: number, x: number, c: number): number => {
      if (y < 0 || x < 0 || y >= geometry.inputHeight || x >= geometry.inputWidth) return 1;
      const pixelBytes = packed.length / geometry.inputHeight / geometry.inputWidth;
      return (packed[(y * geometry.inputWidth + x) * pixelBytes + (c >> 3)] >> (c & 7)) & 1 ? 1 : -1;
    };
    const stored = own.read(step.output);
    expect(program.network.buffers[step.output].format).toBe('float32');
    const [multiplier, offset] = [inputs[2], inputs[3]].map((input) => new Float32Array(words(input).buffer));
    const [low, high] = program.parameters[index]['limits'];
    for (let i = 0; i < geometry.outputHeight * geometry.outputWidth * geometry.outputChannels; i++) {
      const k = i % geometry.outputChannels;
      const [y, x] = [Math.floor(i / geometry.outputChannels / geometry.outputWidth), Math.floor(i / geometry.outputChannels) % geometry.outputWidth];
      let minus = 0;
      for (let tap = 0; tap < 9; tap++) {
        for (let c = 0; c < geometry.inputChannels; c++) {
          const bit = (filter[(k * 9 + tap) * perPixel + (c >> 5)] >> (c & 31)) & 1;
          const sign = signAt(y * geometry.strideY - geometry.padTop + Math.floor(tap / 3), x * geometry.strideX - geometry.padLeft + (tap % 3), c);
          if ((bit === 1) !== (sign === -1)) minus++;
        }
      }
      const sum = 9 * geometry.inputChannels - 2 * minus;
      const real = Math.fround(Math.fround(sum * multiplier[k]) + offset[k]);
      expect(Math.min(Math.max(real, low), high)).toBe(stored[i]);
    }
  });

  it('is read back by the importer, which answers the same', async () => {
    const program = await deployed({ conv2: { scheme: 'xnor', options: { padding: 'plus' } }, conv3: { scheme: 'xnor', options: { padding: 'minus' } } });
    const { bytes } = await written(program, lce);
    const { model } = await readNetwork([{ name: 'network.tflite', bytes }]);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const [own, again] = [createRuntime(program, createEngine({ variant: 'wasm' })), createFloatRuntime(model)];
    for (let i = 0; i < 8; i++) {
      const expected = own.run(sampleOf(MODEL, i)).slice();
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      again.run(sampleOf(MODEL, i)).forEach((value, k) => expect(Math.abs(value - expected[k]) / largest).toBeLessThan(1e-4));
    }
  });

  it.skipIf(!hasRealData)('has the options of a file that Larq’s own converter wrote, byte for byte', () => {
    const bytes = new Uint8Array(readFileSync(realFile('models/larq/quicknet_lce.tflite')));
    const model = readTflite(bytes, 'quicknet_lce.tflite');
    const { tensors } = model.subgraphs[0];
    const found = operatorsOf(model).filter(({ op }) => op === 'LceBconv2d');
    expect(found.length).toBeGreaterThan(10);
    for (const { customOptions, inputs, outputs } of found) {
      const [filter, multiplier] = [tensors[inputs[1]], tensors[inputs[2]]];
      const [input, output] = [tensors[inputs[0]].shape, tensors[outputs[0]].shape];
      const stride = input[1] / output[1];
      // That converter numbers SAME as 1; since LceQuantize it is 0, as in TensorFlow Lite's schema.
      const options = { channels_in: input[3], dilation_height_factor: 1, dilation_width_factor: 1, fused_activation_function: 1, pad_values: 1, padding: 1, stride_height: stride, stride_width: stride };
      expect(writeFlexMap(options)).toEqual(customOptions);
      expect([inputs.length, filter.type, filter.shape, multiplier.shape]).toEqual([5, 'INT32', [output[3], 3, 3, Math.ceil(input[3] / 32)], [output[3]]]);
    }
  });
});
