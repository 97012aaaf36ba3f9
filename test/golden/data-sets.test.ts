import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NamedFile } from '../../core/data/data-set.ts';
import type { ImportedModel } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { npy } from '../fixtures/data-files.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const file = (path: string): NamedFile => ({ name: basename(path), bytes: new Uint8Array(readFileSync(realFile(path))) });
const LOSSLESS = 'cifar10-jpeg/lossless_test_ic01_200.bin';

const imported = (path: string): Promise<ImportedModel> => JOBS.importModel({ files: [file(path)] }, context);

async function opened({ model, grids }: ImportedModel, files: readonly NamedFile[]) {
  const { data, preprocess, tried } = await JOBS.openData({ files, model, inputGrid: grids[model.graph.inputs[0].id] }, context);
  const { correct, count } = await JOBS.evaluate({ state: { model, plan: {}, calibration: NO_CALIBRATION }, data, preprocess, offset: 0, limit: 1000 }, context);
  return { data, preprocess, tried, correct, count };
}

describe.skipIf(!hasRealData)('published data and networks', () => {
  it('ResNet-20 reaches 90.0 % with the mean and deviation of ImageNet, which are found by trying', { timeout: 60_000 }, async () => {
    const { preprocess, tried, correct } = await opened(await imported('models/cifar10/resnet20_cifar10_converted.onnx'), [file(LOSSLESS)]);
    expect([preprocess, correct]).toEqual(['imagenet', 180]);
    const accuracyOf = Object.fromEntries(tried.map(({ id, accuracy }) => [id, accuracy]));
    expect(accuracyOf['imagenet']).toBe(0.9);
    expect(accuracyOf['unit']).toBeLessThan(0.6);
    expect(accuracyOf['raw']).toBeLessThan(0.3);
  });

  it('the same pictures as NumPy float32 from 0 to 1, channels first, are answered alike', { timeout: 60_000 }, async () => {
    const rows = file(LOSSLESS).bytes;
    const pixels = new Float32Array(200 * 3072);
    for (let i = 0; i < 200; i++) for (let k = 0; k < 3072; k++) pixels[i * 3072 + k] = rows[i * 3073 + 1 + k] / 255;
    const labels = Uint8Array.from({ length: 200 }, (_, i) => rows[i * 3073]);
    const files = [npy('x_test.npy', '<f4', [200, 3, 32, 32], new Uint8Array(pixels.buffer)), npy('y_test.npy', '|u1', [200, 1], labels)];
    const { preprocess, correct, data } = await opened(await imported('models/cifar10/resnet20_cifar10_converted.onnx'), files);
    expect([preprocess, correct, data.shape]).toEqual(['divided-imagenet', 180, [32, 32, 3]]);
  });

  it('keyword spotting answers 902 of 1,000 right: its int8 arrays are codes on the grid of the network', { timeout: 60_000 }, async () => {
    const { correct, count, data } = await opened(await imported('models/mlperf-tiny/kws_ref_model.tflite'), [file('kws01/inputs.npy'), file('kws01/labels.npy')]);
    expect([correct, count, data.shape]).toEqual([902, 1000, [49, 10, 1]]);
  });

  it('a Keras network for MNIST is not given a rarer preprocessing than ÷255 for what may be chance', { timeout: 60_000 }, async () => {
    const { preprocess } = await opened(await imported('models/mnist/AKSHATV25_mnist_cnn.keras'), ['mnist/t10k-images-idx3-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz'].map(file));
    expect(preprocess).toBe('unit');
  });

  it('optical digits in a table have their class in the last column, and a half is drawn for testing', async () => {
    const { data } = await JOBS.openData({ files: [file('digits/digits.csv.gz')] }, context);
    expect([data.shape, data.classes.length, data.train?.count, data.test.count]).toEqual([[8, 8, 1], 10, 1438, 359]);
    // The same as its original: 1,797 samples of scikit-learn's load_digits, whose first is a 0.
    const { data: named } = await JOBS.openData({ files: [{ ...file('digits/digits.csv.gz'), name: 'test.csv.gz' }] }, context);
    expect([named.test.count, named.test.labels?.[0], [...named.test.images].slice(0, 8)]).toEqual([1797, 0, [0, 0, 5, 13, 9, 1, 0, 0]]);
  });
});
