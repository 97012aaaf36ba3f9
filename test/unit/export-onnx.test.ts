import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { Reopened, RuntimeReader } from '../../core/export/exporter.ts';
import { EXPORTERS } from '../../core/export/index.ts';
import { onnx, onnxQdq, qonnx } from '../../core/export/onnx/index.ts';
import { packedLayout } from '../../core/export/packed/layout.ts';
import { proveByRuntime, type Proof } from '../../core/export/prove.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { readOnnx, type OnnxFile } from '../../core/import/onnx/schema.ts';
import { readConstant } from '../../core/import/onnx/tensor.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { NetworkBuilder, plainNetwork } from '../fixtures/networks.ts';
import { openOnnx } from '../fixtures/onnx-runtime.ts';

const MODEL = plainNetwork(5);
const PLAN: Plan = { conv1: { scheme: 'int8' }, conv2: { scheme: 'int4' }, conv3: { scheme: 'xnor' }, dense1: { scheme: 'ternary' }, dense2: { scheme: 'int8' } };

function sampleOf({ graph }: Model, index: number): Float32Array {
  const random = createRandom(index + 1);
  return Float32Array.from({ length: elementCount(graph.inputs[0].shape) }, () => random.normal());
}

async function deployed(plan: Plan): Promise<Program> {
  return deploy({ model: MODEL, plan, calibration: await calibrate(MODEL, watchFloat(MODEL), (i) => sampleOf(MODEL, i), 16, { observer: 'mse' }) });
}

async function written(program: Program, target = onnx): Promise<{ readonly bytes: Uint8Array; readonly file: OnnxFile }> {
  const [{ path, bytes }] = await target.write(program, 'network');
  return { bytes, file: readOnnx(path, bytes) };
}

const INT8 = 3;
const INT4 = 22;
const INT2 = 26;

describe('an ONNX file', () => {
  it('keeps the names of the graph, so that a layer is found in a viewer', async () => {
    const { file } = await written(await deployed(PLAN));
    const named = new Map(file.nodes.map((node) => [node.name, node.opType]));
    expect(layersOf(MODEL.graph).map(({ id }) => named.get(id))).toEqual(['Conv', 'Conv', 'Conv', 'MatMul', 'MatMul']);
    expect(file.inputs.map(({ name, shape }) => [name, shape])).toEqual([['input', [null, 3, 8, 8]]]);
    expect(file.outputs.map(({ name }) => name)).toEqual(MODEL.graph.outputs);
    expect(new Set(file.nodes.map(({ name }) => name)).size).toBe(file.nodes.length);
    const values = file.nodes.flatMap(({ outputs }) => outputs);
    expect(new Set(values).size).toBe(values.length);
  });

  it('says the plan, the form and the order of its input', async () => {
    const text = new TextDecoder().decode((await written(await deployed(PLAN))).bytes);
    expect(text).toContain('"conv3":"xnor"');
    expect(text).toContain('5 of 5 layers have integer weights');
    expect(text).toContain('input: [batch, channels, height, width], 192 float32 numbers a sample');
  });

  it('has weights in the smallest type that holds them, several a byte', async () => {
    const { file } = await written(await deployed(PLAN));
    const facts = layersOf(MODEL.graph).map(({ id }) => {
      const { dataType, raw, dims } = file.initialisers.get(`${id}/codes`)!;
      return [dataType, raw!.bytes.length, elementCount(dims)];
    });
    expect(facts).toEqual([[INT8, 270, 270], [INT4, 405, 810], [INT2, Math.ceil(1377 / 4), 1377], [INT2, (68 * 12) / 4, 68 * 12], [INT8, 60, 60]]);
    expect(file.opset).toBe(25);
    expect((await written(await deployed({ ...PLAN, conv3: { scheme: 'int8' }, dense1: { scheme: 'int4' } }))).file.opset).toBe(21);
  });

  it('has multipliers in the scales of 8-bit weights where accelerators fuse them, all positive', async () => {
    const program = await deployed(PLAN);
    expect(Math.min(...program.parameters.flatMap((slots) => [...(slots['multiplier'] ?? [])]))).toBeLessThan(0);
    const { file } = await written(program, onnxQdq);
    const scale = file.initialisers.get('conv1/scale')!.raw!.bytes;
    const values = new Float32Array(scale.slice().buffer);
    expect(values.length).toBe(10);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(file.initialisers.has('conv2/scale')).toBe(false);
  });
});

describe('an ONNX file in a runtime', () => {
  it('in QONNX says of weights and values how many bits they have, in nodes of that dialect', async () => {
    const { file } = await written(await deployed(PLAN), qonnx);
    const made = new Map(file.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
    const numberOf = (name: string): number => readConstant(file.initialisers.get(name)!)!.values[0];
    const quantOf = (name: string): string => {
      const node = made.get(name)!;
      const operator = node.opType.replace(/^qonnx\.custom_op\.general\./, '');
      if (operator === 'BipolarQuant') return `${operator} by ${numberOf(node.inputs[1])}`;
      const [scale, zeroPoint, bits] = node.inputs.slice(1).map(numberOf);
      const flag = (key: string): number => node.attributes.get(key)!.integer!;
      return `${operator} by ${scale} around ${zeroPoint}, ${bits} bits, signed ${flag('signed')}, narrow ${flag('narrow')}, ${node.attributes.get('rounding_mode')!.text}`;
    };
    const layers = layersOf(MODEL.graph).map(({ id }) => file.nodes.find(({ name }) => name === id)!);
    expect(layers.map(({ inputs }) => quantOf(inputs[1]))).toEqual([
      'Quant by 1 around 0, 8 bits, signed 1, narrow 1, ROUND',
      'Quant by 1 around 0, 4 bits, signed 1, narrow 1, ROUND',
      'BipolarQuant by 1',
      'Quant by 1 around 0, 2 bits, signed 1, narrow 1, ROUND',
      'Quant by 1 around 0, 8 bits, signed 1, narrow 1, ROUND',
    ]);
    // Behind a rectifier codes begin at real zero, so that they are unsigned numbers without a zero point.
    const resultOf = (layer: string): string => quantOf(file.nodes.filter(({ name, opType }) => name.startsWith(`${layer}/`) && opType.endsWith('Quant')).at(-1)!.outputs[0]);
    expect(resultOf('conv1')).toBe('Quant by 1 around 0, 8 bits, signed 0, narrow 0, ROUND');
    expect(resultOf('conv2')).toBe('BipolarQuant by 1');
    expect(file.opset).toBe(13);
  });

  it('answers several samples at a time as it answers each', async () => {
    const session = await ort.InferenceSession.create((await written(await deployed(PLAN))).bytes);
    const samples = [0, 1, 2].map((i) => sampleOf(MODEL, i));
    const answer = async (values: Float32Array, count: number) => [...((await session.run({ input: new ort.Tensor('float32', values, [count, 3, 8, 8]) }))[MODEL.graph.outputs[0]].data as Float32Array)];
    const together = await answer(Float32Array.from(samples.flatMap((values) => [...values])), 3);
    const each = [];
    for (const values of samples) each.push(...(await answer(values, 1)));
    expect(together).toEqual(each);
    expect(new Set(each).size).toBeGreaterThan(5);
    await session.release();
  });
});

describe('before an ONNX file is written', () => {
  it('says of every layer how it runs and what it takes, to the byte', async () => {
    const program = await deployed(PLAN);
    const found = await onnx.supports(program);
    expect(found.map(({ layer, severity }) => [layer, severity])).toEqual(layersOf(MODEL.graph).map(({ id }) => [id, 'lowered']));
    const bytesOf = await onnx.bytesOf!(program);
    const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
    expect(found[2].message).toContain(`2-bit numbers: ${kilobytes(bytesOf('conv3'))} here, ${kilobytes(packedLayout(program.network).nodes['conv3'])} packed`);
    const { bytes } = await written(program);
    const layers = layersOf(MODEL.graph).reduce((sum, { id }) => sum + bytesOf(id), 0);
    expect(layers).toBeLessThan(bytes.length);
    expect(layers).toBeGreaterThan(0.7 * bytes.length);
  });

  it.each([
    [['float32', 'float32'], 'onnx', null],
    [['int8', 'float32'], 'onnx', '1 layer run'],
    [['int8', 'xnor'], 'onnx', '2 layers run in real numbers, 1 of them with 2 bits'],
    [['int8', 'int8'], 'onnx-qdq', null],
    [['int8', 'int4'], 'onnx-qdq', '1 layer run'],
  ] as const)('the wizard says of %j for %s: %s', (schemes, target, expected) => {
    const sentence = EXPORTERS[target].lowers!(schemes as readonly SchemeId[]);
    if (expected === null) expect(sentence).toBeNull();
    else expect(sentence).toContain(expected);
  });
});

describe('a proof by another runtime', () => {
  const reader = onnx.reader as RuntimeReader;
  const COUNT = 4;

  /** Runs the program on our own kernels and spoils what it tells. */
  async function proofOf(program: Program, spoil: { answer?: (values: Float32Array) => Float32Array; stored?: (values: Reopened['read']) => Reopened['read']; inexact?: ReadonlySet<number> }, by: RuntimeReader = reader): Promise<Proof> {
    const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
    const read: Reopened['read'] = (buffer) => runtime.read(buffer).slice();
    const opened: Reopened = {
      run: (sample) => (spoil.answer ?? ((values) => values))(Float32Array.from(runtime.run(sample))),
      read: spoil.stored?.(read) ?? read,
      close: () => {},
      ...(spoil.inexact ? { inexact: spoil.inexact } : {}),
    };
    return proveByRuntime(program, opened, by, { samples: (i) => sampleOf(MODEL, i), count: COUNT, onRow: () => {}, breathe: () => Promise.resolve() });
  }
  const other = (values: Float32Array): Float32Array => values.map((value, i) => (i === (values.indexOf(Math.max(...values)) + 1) % values.length ? 1e9 : value));

  it('finds nothing where nothing differs', async () => {
    const proof = await proofOf(await deployed(PLAN), {});
    expect(proof).toMatchObject({ answersEqual: COUNT, ties: 0 });
    expect(proof.rows.every(({ differences }) => differences === 0)).toBe(true);
  });
  it('counts one number that is one step off', async () => {
    const program = await deployed(PLAN);
    const { output } = program.network.steps.find((step) => step.node === 'conv1')!;
    const proof = await proofOf(program, { stored: (read) => (buffer) => {
      const values = read(buffer)!;
      if (buffer === output) values[3] += values[3] > 0 ? -1 : 1;
      return values;
    } });
    expect(proof.rows.map(({ differences }) => differences)).toEqual([COUNT, 0, 0, 0, 0]);
  });
  it('lets a step deviate that may, up to its limit, and says by how much', async () => {
    const program = await deployed(PLAN);
    const index = program.network.steps.findIndex((step) => step.node === 'dense2');
    const { output } = program.network.steps[index];
    const scaled = (factor: number) => proofOf(program, { inexact: new Set([index]), stored: (read) => (buffer) => (buffer === output ? (read(buffer) as Float32Array).map((value) => value * factor) : read(buffer)) });
    const near = (await scaled(1.005)).rows.at(-1)!;
    expect(near.differences).toBe(0);
    expect(near.deviation).toBeCloseTo(0.005, 4);
    expect((await scaled(1.05)).rows.at(-1)!.differences).toBe(5 * COUNT);
    expect((await scaled(Number.NaN)).rows.at(-1)!.differences).toBe(5 * COUNT);
  });
  it('calls another answer a tie only where the studio finds it as good', async () => {
    const program = await deployed(PLAN);
    expect(await proofOf(program, { answer: other })).toMatchObject({ answersEqual: 0, ties: 0 });
    const lenient: RuntimeReader = { ...reader, agreement: { ...reader.agreement!, tie: 1 } };
    expect(await proofOf(program, { answer: other }, lenient)).toMatchObject({ answersEqual: 0, ties: COUNT });
  });
});

describe('a proof of a network with two answers', () => {
  it('measures ties by the widest range of all samples, since every gap is its own range', async () => {
    const net = new NetworkBuilder(3, [1, 4, 4, 2]);
    net.dense('dense', net.flatten('flat', net.conv('conv', 'input', 4)), 2);
    const model = net.build('two');
    const program = deploy({ model, plan: {}, calibration: NO_CALIBRATION });
    const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
    const margins = Array.from({ length: 40 }, (_, i) => {
      const [a, b] = runtime.run(sampleOf(model, i));
      return Math.abs(a - b);
    });
    const turned: Reopened = { run: (sample) => Float32Array.from(runtime.run(sample)).reverse(), read: () => null, close: () => {} };
    const by: RuntimeReader = { ...(onnx.reader as RuntimeReader), agreement: { deviation: 0, tie: 0.2, least: 0 } };
    const proof = await proveByRuntime(program, turned, by, { samples: (i) => sampleOf(model, i), count: 40, onRow: () => {}, breathe: () => Promise.resolve() });
    const near = margins.filter((margin) => margin <= 0.2 * Math.max(...margins)).length;
    expect(near).toBeGreaterThan(0);
    expect(near).toBeLessThan(40);
    expect(proof).toMatchObject({ answersEqual: 0, ties: near });
  });
});

describe('exporting to ONNX', () => {
  const context = { signal: new AbortController().signal, report: () => {} };
  const arg = { target: 'onnx', name: 'network', data: null, preprocess: 'unit', proofSamples: 8 } as const;

  it('proves the bytes that it gives, with the bytes of each layer', async () => {
    const program = await deployed(PLAN);
    const result = await exportProgram(program, arg, context, { openOnnx });
    expect(result.proof).toMatchObject({ equal: true, samples: 8, answersEqual: 8, ties: 0 });
    expect(result.proof.rows.map(({ weightsEqual }) => weightsEqual)).toEqual([null, null, null, null, null]);
    expect(result.findings).toHaveLength(5);
    const bytesOf = await onnx.bytesOf!(program);
    expect(result.proof.rows.map(({ bytes }) => bytes)).toEqual(result.proof.rows.map(({ layer }) => bytesOf(layer)));
    expect(result.weightBytes).toBe(result.files[0].bytes.length);
  });
  it('is not equal where another file is opened', async () => {
    const wrong = (await written(await deployed({ ...PLAN, conv2: { scheme: 'ternary' } }))).bytes;
    let opened = 0;
    const machine = { openOnnx: (model: Uint8Array) => openOnnx(opened++ === 0 ? wrong : model) };
    const result = await exportProgram(await deployed(PLAN), { ...arg, proofSamples: 32 }, context, machine);
    expect(result.proof.rows.every(({ differences }) => differences === 0)).toBe(true);
    expect(result.proof.answersEqual).toBeLessThan(32);
    expect(result.proof.equal).toBe(false);
  });
  it('claims nothing without a runtime', async () => {
    await expect(exportProgram(await deployed(PLAN), arg, context)).rejects.toThrow(/no ONNX runtime here/);
    expect((await exportProgram(await deployed(PLAN), { ...arg, proofSamples: 0 }, context)).files[0].bytes.length).toBeGreaterThan(1000);
  });
});
