import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { describe, expect, it, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { writeOnnx as exportOnnx } from '../../core/export/onnx/write.ts';
import { elementCount, layersOf, type Shape } from '../../core/graph/graph.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import { permute } from '../../core/tensor/permute.ts';
import { writeOnnx, type OnnxModel } from '../fixtures/onnx-writer.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';
import { dynamicModel, qdqModel, qlinearModel, QUANTISED_LAYERS, singleModels, STEP } from './import-onnx-quantised.cases.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const SEED = 17;
const INT8 = { scheme: 'int8', options: { clip: 'maximum' } } as const;

const open = (model: OnnxModel): Promise<ReadNetwork> => readNetwork([{ name: 'quantised.onnx', bytes: writeOnnx(model) }]);

/** What ONNX Runtime answers to a sample that lies channels last, as the studio has it. */
async function runtimeAnswer(bytes: Uint8Array, sample: Float32Array, shape: Shape): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const isImage = shape.length === 4;
  const [dims, values] = isImage ? [[1, shape[3], shape[1], shape[2]], permute(sample, shape, [0, 3, 1, 2])] : [[...shape], sample];
  const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', values, dims) });
  return Float32Array.from(results[session.outputNames[0]].data as Float32Array);
}

function uniform(seed: number, shape: Shape, low: number, high: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => random.uniform(low, high));
}

/** The network in the precisions and on the grids of its file, without corrections. */
async function deployed({ model, plan, grids }: ReadNetwork, sample: Float32Array): Promise<Float32Array> {
  const calibration = await calibrate(model, watchFloat(model), () => sample, 1, { observer: 'mse', grids });
  const program = deploy({ model, plan, calibration: { ...calibration, images: new Float32Array(0) } });
  return Float32Array.from(createRuntime(program, createEngine({ variant: 'wasm' })).run(sample));
}

const largestDifference = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
};
const bestOf = (values: Float32Array, count: number): number[] => Array.from(values, (value, i) => [value, i]).sort(([a], [b]) => b - a).slice(0, count).map(([, i]) => i);
const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe(`a quantised ONNX file is read as what it is (seed ${SEED})`, () => {
  it.each([
    ['QuantizeLinear and DequantizeLinear', qdqModel(SEED), [...QUANTISED_LAYERS]],
    ['QLinearConv, QLinearAdd and QLinearMatMul', qlinearModel(SEED), ['first', 'groups/group0', 'groups/group1', 'last']],
  ])('%s: int8 layers, the grids of the file, and the answers of onnxruntime within a twentieth', async (_, description, layers) => {
    const network = await open(description);
    expect(network.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(network.plan).toEqual(Object.fromEntries(layers.map((id) => [id, INT8])));
    expect(network.grids['x']).toEqual({ scale: Math.fround(0.02), zeroPoint: description.nodes.some(({ op }) => op === 'QLinearConv') ? 0 : 3 });
    const { shape } = network.model.graph.inputs[0];
    for (const seed of [1, 2, 3]) {
      const sample = uniform(seed, shape, -2, 2);
      const expected = await runtimeAnswer(writeOnnx(description), sample, shape);
      const inIntegers = await deployed(network, sample);
      expect(largestDifference(inIntegers, expected)).toBeLessThan(0.05 * largest(expected));
      expect(largestDifference(createFloatRuntime(network.model).run(sample), expected)).toBeLessThan(0.1 * largest(expected));
    }
  });

  it.each(Object.entries(singleModels()))('%s: as real numbers within two steps of the codes', async (_, description) => {
    const { model } = await open(description);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const { shape } = model.graph.inputs[0];
    const sample = uniform(3, shape, -1.4, 1.4);
    const expected = await runtimeAnswer(writeOnnx(description), sample, shape);
    const answer = Float32Array.from(createFloatRuntime(model).run(sample));
    const made = model.graph.nodes.find(({ id }) => id === model.graph.outputs[0])?.shape ?? [];
    expect(largestDifference(made.length === 4 ? permute(answer, made, [0, 3, 1, 2]) : answer, expected)).toBeLessThan(2 * STEP);
    expect(largest(expected)).toBeGreaterThan(5 * STEP);
  });

  test('codes whose scale is found as the file runs are real numbers; the layer is int8', async () => {
    const network = await open(dynamicModel(SEED));
    expect(network.plan['first']?.scheme).toBe('int8');
    expect(network.folds.join(' ')).toContain('quantises as it runs');
    const sample = uniform(1, [1, 12], -2, 2);
    const expected = await runtimeAnswer(writeOnnx(dynamicModel(SEED)), sample, [1, 12]);
    expect(largestDifference(createFloatRuntime(network.model).run(sample), expected)).toBeLessThan(0.02 * largest(expected));
  });

  test('an input of whole numbers is what it is, not codes that were made real before', async () => {
    const { nodes, ...rest } = qdqModel(SEED);
    const turned = [{ op: 'Transpose', inputs: ['x'], outputs: ['x.q'], attributes: { perm: [0, 3, 1, 2] } }, ...nodes.filter(({ outputs }) => outputs[0] !== 'x.q')];
    const description: OnnxModel = { ...rest, nodes: turned, inputs: [{ name: 'x', shape: [1, 8, 8, 3], elementType: 3 }] };
    const { model } = await open(description);
    const random = createRandom(2);
    const codes = Int8Array.from({ length: 192 }, () => random.integer(-128, 128));
    const session = await ort.InferenceSession.create(writeOnnx(description));
    const { y } = await session.run({ x: new ort.Tensor('int8', codes, [1, 8, 8, 3]) });
    const expected = Float32Array.from(y.data as Float32Array);
    expect(largestDifference(createFloatRuntime(model).run(Float32Array.from(codes)), expected)).toBeLessThan(0.1 * largest(expected));
  });

  test('codes with a scale in an integer product are said, not guessed', async () => {
    const { model } = await open({ ...dynamicModel(SEED), nodes: [{ op: 'QuantizeLinear', inputs: ['x', 'ws', 'wz'], outputs: ['q'] }, { op: 'MatMulInteger', name: 'first', inputs: ['q', 'w'], outputs: ['y'] }, { op: 'Relu', name: 'before', inputs: ['x'], outputs: ['r'] }] });
    expect(model.graph.nodes.find(({ id }) => id === 'first')?.attributes).toEqual({ sourceOp: 'MatMulInteger: codes that have a scale' });
  });
});

describe('the studio’s own ONNX files come back', () => {
  it.each(['exact', 'qdq', 'qonnx'] as const)('in the %s form with the precision of every int8 layer', async (form) => {
    const original = plainNetwork(SEED);
    const { shape } = original.graph.inputs[0];
    const plan = Object.fromEntries(layersOf(original.graph).map(({ id }) => [id, { scheme: 'int8', options: { clip: 'maximum' } } as const]));
    const sample = uniform(1, shape, -1, 1);
    const calibration = await calibrate(original, watchFloat(original), () => sample, 1, { observer: 'mse' });
    const program = deploy({ model: original, plan, calibration: { ...calibration, images: new Float32Array(0) } });
    const expected = Float32Array.from(createRuntime(program, createEngine({ variant: 'wasm' })).run(sample));
    const network = await readNetwork([{ name: 'own.onnx', bytes: exportOnnx(program, form).bytes }]);
    expect(network.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(Object.values(network.plan).map(({ scheme }) => scheme)).toEqual(layersOf(original.graph).map(() => 'int8'));
    expect(largestDifference(createFloatRuntime(network.model).run(sample), expected)).toBeLessThan(0.05 * largest(expected));
  });
});

test.each([['qonnx', 'xnor'], ['exact', 'ternary'], ['qdq', 'ternary']] as const)('in the %s form %s layers stand on their rungs', async (form, others) => {
  const original = plainNetwork(SEED);
  const { shape } = original.graph.inputs[0];
  const ids = layersOf(original.graph).map(({ id }) => id);
  const schemes = ids.map((_, i) => (i === 0 || i === ids.length - 1 ? 'int8' : i === 1 ? 'ternary' : others));
  const plan = Object.fromEntries(ids.map((id, i) => [id, { scheme: schemes[i] } as const]));
  const sample = uniform(1, shape, -1, 1);
  const calibration = await calibrate(original, watchFloat(original), () => sample, 1, { observer: 'mse' });
  const program = deploy({ model: original, plan, calibration: { ...calibration, images: new Float32Array(0) } });
  const network = await readNetwork([{ name: 'own.onnx', bytes: exportOnnx(program, form).bytes }]);
  expect(Object.values(network.plan).map(({ scheme }) => scheme)).toEqual(schemes);
  expect(deploy({ model: network.model, plan: network.plan, calibration: { ...(await calibrate(network.model, watchFloat(network.model), () => sample, 1, { observer: 'mse', grids: network.grids })), images: new Float32Array(0) } }).network.steps.length).toBeGreaterThan(0);
});

test.skipIf(!hasRealData)('ShuffleNet v2 of the ONNX model zoo: 57 int8 layers, and the answers of onnxruntime', { timeout: 120_000 }, async () => {
  const bytes = new Uint8Array(readFileSync(realFile('models/onnx/shufflenet-v2-12-int8.onnx')));
  const network = await readNetwork([{ name: 'shufflenet.onnx', bytes }]);
  expect(network.model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
  expect(Object.values(network.plan).map(({ scheme }) => scheme)).toEqual(Array.from({ length: 57 }, () => 'int8'));
  const { shape } = network.model.graph.inputs[0];
  // Waves, because the classes of noise are all alike.
  const sample = Float32Array.from({ length: elementCount(shape) }, (_, i) => 2 * Math.sin((i % 672) / 90) * Math.cos(Math.floor(i / 672) / 40));
  const expected = await runtimeAnswer(bytes, sample, shape);
  const actual = await deployed(network, sample);
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  // 57 layers of 8 bits, and rounding differs where values are joined: the answer is the same, its numbers are near.
  expect(bestOf(actual, 3)).toEqual(bestOf(expected, 3));
  expect(dot(actual, expected) / Math.sqrt(dot(actual, actual) * dot(expected, expected))).toBeGreaterThan(0.98);
});
