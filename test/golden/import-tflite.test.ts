import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { elementCount, layersOf } from '../../core/graph/graph.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { createFloatRuntime, watchFloat } from '../../core/runtime/watch.ts';
import type { TfliteModel } from '../../core/tflite/model.ts';
import { readTflite } from '../../core/tflite/read.ts';
import { writeTflite } from '../../core/tflite/write.ts';
import { uniforms } from '../fixtures/linear-congruential.ts';
import { runTflite } from '../fixtures/litert.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';
import { computedReshape, tfliteCases } from './import-tflite.cases.ts';

/** What test/golden/pytorch/tflite.py answers, in double precision, with a reader and operators of its own. */
const ANSWERS = JSON.parse(readFileSync(join(import.meta.dirname, 'tflite-answers.json'), 'utf8')) as Readonly<Record<string, readonly number[]>>;
const SEED = 1;
/** Without files of an open batch size, which the runtime's package does not take, and one that it does not open. */
const INT8_FILES = ['mlperf-tiny/pretrainedResnet_quant.tflite', 'mlperf-tiny/kws_ref_model.tflite', 'mlperf-tiny/ad01_int8.tflite'];
const FLOAT_FILES = ['mnist/conv_fc_mnist.tflite', 'mlperf-tiny/pretrainedResnet.tflite', 'tflite/hello_world_float.tflite', 'tflite/mobilenet_v1_0.25_224_float.tflite'];

const stored = (path: string): Uint8Array => new Uint8Array(readFileSync(realFile(`models/${path}`)));
const open = (path: string): Promise<ReadNetwork> => readNetwork([{ name: path, bytes: stored(path) }]);
const fileOf = (path: string): TfliteModel => readTflite(stored(path), path);

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const scale = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return Array.from(expected).reduce((largest, value, i) => Math.max(largest, Math.abs(actual[i] - value) / scale), 0);
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);

describe(`an imported TensorFlow Lite file answers like LiteRT (seed ${SEED})`, () => {
  it.each(tfliteCases(SEED))('$name', async ({ model: file }) => {
    const bytes = writeTflite(file);
    const { model } = await readNetwork([{ name: 'case.tflite', bytes }]);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const sample = uniforms(SEED, elementCount(model.graph.inputs[0].shape));
    const expected = new Float32Array((await runTflite(bytes, bytesOf(sample))).buffer);
    expect(largestDifference(createFloatRuntime(model).run(sample), expected)).toBeLessThan(5e-6);
  });
});

test('the arithmetic of a shape leaves nothing behind', async () => {
  const { model } = await readNetwork([{ name: 'case.tflite', bytes: writeTflite(computedReshape()) }]);
  expect(model.graph.nodes.map(({ op, shape }) => [op, shape])).toEqual([['reshape', [1, 120]]]);
});

describe.skipIf(!hasRealData)('TensorFlow Lite files of others', () => {
  it.each(Object.keys(ANSWERS))('%s answers as PyTorch does', { timeout: 60_000 }, async (path) => {
    const { model } = await open(path);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const answer = createFloatRuntime(model).run(uniforms(SEED, elementCount(model.graph.inputs[0].shape)));
    expect(largestDifference(answer, ANSWERS[path])).toBeLessThan(1e-5);
  });

  it.each(FLOAT_FILES)('%s written again answers like ours in LiteRT', { timeout: 60_000 }, async (path) => {
    const { model } = await open(path);
    const sample = uniforms(SEED, elementCount(model.graph.inputs[0].shape));
    const answer = await runTflite(writeTflite(fileOf(path)), bytesOf(sample));
    expect(largestDifference(createFloatRuntime(model).run(sample), new Float32Array(answer.buffer))).toBeLessThan(1e-5);
  });

  it.each(INT8_FILES)('%s written again is the same network to LiteRT', async (path) => {
    const { shape } = fileOf(path).subgraphs[0].tensors[fileOf(path).subgraphs[0].inputs[0]];
    const codes = Uint8Array.from(uniforms(SEED, elementCount(shape)), (value) => value * 127);
    expect(await runTflite(writeTflite(fileOf(path)), codes)).toEqual(await runTflite(stored(path), codes));
  });

  test('the same weights as .tflite and as .h5 give the same answers', async () => {
    const [tflite, keras] = await Promise.all(['mlperf-tiny/pretrainedResnet.tflite', 'mlperf-tiny/pretrainedResnet.h5'].map(open));
    const image = uniforms(SEED, 32 * 32 * 3).map((value) => Math.round(127.5 * (value + 1)));
    expect(largestDifference(createFloatRuntime(tflite.model).run(image), createFloatRuntime(keras.model).run(image))).toBeLessThan(1e-5);
  });

  test('the thirteen binary layers of QuickNet are XNOR with their own padding, and answer the same in one-bit arithmetic', { timeout: 60_000 }, async () => {
    const { model, plan } = await open('larq/quicknet_lce.tflite');
    expect(Object.values(plan)).toEqual(Array.from({ length: 13 }, () => ({ scheme: 'xnor', options: { padding: 'plus' } })));
    const binary = layersOf(model.graph).filter(({ id }) => Object.hasOwn(plan, id));
    for (const { weights } of binary) expect(model.weights.get(weights.kernel)?.every((value) => Math.abs(value) === 1)).toBe(true);

    const image = uniforms(SEED, 224 * 224 * 3);
    const calibration = await calibrate(model, watchFloat(model), () => image, 1, { observer: 'mse' });
    // Without images nothing is corrected: what is deployed is what the file says.
    const asItIs = { ...calibration, images: new Float32Array(0) };
    const deployed = createRuntime(deploy({ model, plan, calibration: asItIs }), createEngine({ variant: 'wasm' }));
    expect(largestDifference(deployed.run(image), createFloatRuntime(model).run(image))).toBeLessThan(1e-5);
  });
});
