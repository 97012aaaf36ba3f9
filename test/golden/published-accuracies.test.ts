import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { packedSize } from '../../core/analysis/size.ts';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import { evaluateProgram } from '../../core/jobs/evaluate.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { runTflite } from '../fixtures/litert.ts';

/** Real networks and data, outside the repository; see the README. Skipped, and said so, where they are absent. */
const FOLDER = resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data');
const present = existsSync(FOLDER);
if (!present) console.warn(`Skipped: ${FOLDER} is absent (set BITWRIGHT_DATA to the folder of real networks and data).`);

const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(resolve(FOLDER, path))) });
const context = { signal: new AbortController().signal, report: () => {} };

/** The numbers of a NumPy file, behind its header of 128 bytes. */
const npy = (path: string): ArrayBuffer => file(path).bytes.slice(128).buffer as ArrayBuffer;

async function opened(model: string, images: readonly string[]) {
  const imported = await JOBS.importModel({ files: [file(model)] }, context);
  const { data, preprocess } = await JOBS.openData({ files: images.map(file), model: imported.model }, context);
  return { imported, data, preprocess };
}

const float = (model: Awaited<ReturnType<typeof opened>>['imported']['model'], data: DataSet, preprocess: PreprocessId, limit: number) =>
  JOBS.evaluate(
    { state: { model, plan: {}, calibration: { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: '' } }, data, preprocess, offset: 0, limit },
    context,
  );

describe.skipIf(!present)('published accuracies', () => {
  const lossless = ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'];

  test.each([
    ['models/mlperf-tiny/pretrainedResnet.h5', 'raw', 171, 169],
    ['models/cifar10/resnet20_cifar10_converted.onnx', 'imagenet', 180, 178],
  ] as const)('%s: the right preprocessing is found, float32 is exact, int8 is within a point, and the meter is the file', { timeout: 60_000 }, async (path, expectedPreprocess, floatRight, int8AtLeast) => {
    const { imported, data, preprocess } = await opened(path, lossless);
    expect(imported.report.runs).toBe(true);
    expect(preprocess).toBe(expectedPreprocess);
    expect(data.test.count).toBe(200);
    const { model } = imported;
    expect((await float(model, data, preprocess, 200)).correct).toBe(floatRight);

    const calibration = await JOBS.calibrate({ model, data, preprocess, samples: 256 }, context);
    const plan = uniformPlan(model.graph, 'int8');
    const state = { model, plan, calibration };
    const int8 = await JOBS.evaluate({ state, reference: model, data, preprocess, offset: 0, limit: 200 }, context);
    expect(int8.correct).toBeGreaterThanOrEqual(int8AtLeast);
    expect(int8.divergence).toBeLessThan(0.02);

    const written = await JOBS.exportNetwork({ target: 'bitw', state, name: 'network', data, preprocess, proofSamples: 200 }, context);
    expect(written.proof.equal).toBe(true);
    expect(written.proof.answersEqual).toBe(200);
    expect(written.proof.accuracy).toBe(int8.accuracy);
    expect(written.files[0].bytes.length).toBe(packedSize(model.graph, plan).totalBytes);
    const alone = await evaluateProgram(readPacked(written.files[0].bytes, 'network.bitw'), { data, preprocess, offset: 0, limit: 200 }, context);
    expect(alone.predictions).toEqual(int8.predictions);
  });

  test('mnist-8.onnx answers 9,891 of 10,000 MNIST test images right', { timeout: 60_000 }, async () => {
    const { imported, data, preprocess } = await opened('models/mnist/mnist-8.onnx', ['mnist/t10k-images-idx3-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz']);
    // This network hardly notices the scale of its input: with 0–1 it answers 9,890 right, so either may be chosen.
    expect(['raw', 'unit']).toContain(preprocess);
    const { correct, count } = await float(imported.model, data, 'raw', 10_000);
    expect([correct, count]).toEqual([9891, 10_000]);
  });

  test.each([
    ['models/mnist/AKSHATV25_mnist_cnn.keras', 'mnist', 9911],
    ['models/fashion-mnist/Georgexmaina_fashion_mnist.keras', 'fashion-mnist', 8726],
  ] as const)('%s answers as many images right as in Keras', { timeout: 60_000 }, async (path, folder, right) => {
    const { imported, data } = await opened(path, [`${folder}/t10k-images-idx3-ubyte.gz`, `${folder}/t10k-labels-idx1-ubyte.gz`]);
    const { correct, count } = await float(imported.model, data, 'unit', 10_000);
    expect([correct, count]).toEqual([right, 10_000]);
  });

  test('conv_fc_mnist.tflite answers 9,652 of 10,000 MNIST test images right', { timeout: 60_000 }, async () => {
    const { imported, data } = await opened('models/mnist/conv_fc_mnist.tflite', ['mnist/t10k-images-idx3-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz']);
    expect((await float(imported.model, data, 'unit', 10_000)).correct).toBe(9652);
  });

  test('pretrainedResnet.tflite is 85.5 % right, and its int8 sister answers in our integers what it answers in LiteRT', { timeout: 60_000 }, async () => {
    const { imported, data, preprocess } = await opened('models/mlperf-tiny/pretrainedResnet.tflite', lossless);
    expect(preprocess).toBe('raw');
    expect((await float(imported.model, data, 'raw', 200)).correct).toBe(171);
    const { model, plan, grids } = await JOBS.importModel({ files: [file('models/mlperf-tiny/pretrainedResnet_quant.tflite')] }, context);
    expect(Object.values(plan).map(({ scheme }) => scheme)).toEqual(Array.from({ length: 10 }, () => 'int8'));
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'raw', samples: 256, grids }, context);
    const int8 = await JOBS.evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess: 'raw', offset: 0, limit: 200 }, context);
    expect(int8.correct).toBe(170);
    const answers: number[] = [];
    for (let i = 0; i < 200; i++) {
      // Its codes are the pixels less 128.
      const pixels = Uint8Array.from(data.test.images.subarray(i * 3072, (i + 1) * 3072), (pixel) => pixel ^ 128);
      const logits = new Int8Array((await runTflite(file('models/mlperf-tiny/pretrainedResnet_quant.tflite').bytes, pixels)).buffer);
      answers.push(logits.indexOf(Math.max(...logits)));
    }
    expect([...int8.predictions]).toEqual(answers);
  });

  test.each([
    ['kws_ref_model.tflite', 902],
    ['kws_ref_model_float32.tflite', 901],
  ] as const)('%s answers %d of 1,000 spoken words right', { timeout: 60_000 }, async (name, right) => {
    const { model, plan, grids } = await JOBS.importModel({ files: [file(`models/mlperf-tiny/${name}`)] }, context);
    // The recordings are codes of the int8 file's input.
    const codes = new Int8Array(npy('kws01/inputs.npy'));
    const images = Float32Array.from(codes, (code) => (code - 83) * 0.5847029089927673);
    const labels = new Int32Array(npy('kws01/labels.npy'));
    const data: DataSet = { name: 'kws01', format: 'npy', shape: [49, 10, 1], classes: Array.from({ length: 12 }, (_, i) => String(i)), train: null, test: { count: 1000, images, labels }, hash: name, notes: [] };
    expect((await float(model, data, 'raw', 1000)).correct).toBe(right);
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'raw', samples: 256, grids }, context);
    const stored = await JOBS.evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess: 'raw', offset: 0, limit: 1000 }, context);
    expect(Math.abs(stored.correct - right)).toBeLessThanOrEqual(8);
  });
});
