import { describe, expect, it } from 'vitest';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import { fillBatch } from '../../core/data/preprocess.ts';
import { sampleDataSet } from '../../core/data/sample/digits.ts';
import type { Model } from '../../core/graph/graph.ts';
import { importModel } from '../../core/jobs/import-model.ts';
import { openData } from '../../core/jobs/open-data.ts';
import { openSample } from '../../core/jobs/open-sample.ts';
import { writeModelArchive } from '../../core/project/archive.ts';
import { idxImages } from '../fixtures/data-files.ts';
import { writeOnnx } from '../fixtures/onnx-writer.ts';

const context = () => {
  const reports: { done: number; total: number }[] = [];
  return { reports, context: { signal: new AbortController().signal, report: (progress: { done: number; total: number }) => void reports.push(progress) } };
};

/** Answers with the class whose mean picture is nearest: right only for the preprocessing it was made with. */
function nearestMean(data: DataSet, preprocess: PreprocessId): Model {
  const kernel = new Float32Array(784 * 10);
  const bias = new Float32Array(10);
  const sample = new Float32Array(784);
  const { train } = data;
  const perClass = (train?.count ?? 0) / 10;
  for (let i = 0; i < (train?.count ?? 0); i++) {
    fillBatch(sample, data, 'train', [i], preprocess);
    const label = train?.labels?.[i] ?? 0;
    for (let k = 0; k < 784; k++) kernel[k * 10 + label] += sample[k] / perClass;
  }
  for (let c = 0; c < 10; c++) for (let k = 0; k < 784; k++) bias[c] -= kernel[k * 10 + c] ** 2 / 2;
  return {
    graph: {
      name: 'nearest mean',
      inputs: [{ id: 'image', shape: [1, 28, 28, 1] }],
      nodes: [
        { id: 'flat', op: 'reshape', inputs: ['image'], attributes: { shape: [1, 784] }, weights: {}, shape: [1, 784] },
        { id: 'answer', op: 'dense', inputs: ['flat'], attributes: {}, weights: { kernel: 'answer/kernel', bias: 'answer/bias' }, shape: [1, 10] },
      ],
      outputs: ['answer'],
      weights: { 'answer/kernel': { shape: [784, 10] }, 'answer/bias': { shape: [10] } },
    },
    weights: new Map([['answer/kernel', kernel], ['answer/bias', bias]]),
  };
}

function asIdx(data: DataSet): readonly NamedFile[] {
  const images = idxImages('t10k-images-idx3-ubyte', data.test.count, 28, 28);
  images.bytes.set(data.test.images as Uint8Array, 16);
  const labels = Uint8Array.from([0, 0, 8, 1, 0, 0, data.test.count >> 8, data.test.count & 255, ...(data.test.labels ?? [])]);
  return [images, { name: 't10k-labels-idx1-ubyte', bytes: labels }];
}

describe('opening data with a network', () => {
  const data = sampleDataSet({ trainCount: 1000, testCount: 300 });

  it.each(['raw', 'unit', 'signed', 'mnist', 'int8'] as const)('finds the preprocessing "%s" that the network was made with', async (made) => {
    const { context: given, reports } = context();
    const opened = await openData({ files: asIdx(data), model: nearestMean(data, made) }, given);
    expect(opened.preprocess).toBe(made);
    expect(opened.tried.map(({ id }) => id)).toEqual(['raw', 'unit', 'signed', 'mnist', 'int8']);
    const [best] = opened.tried.filter(({ id }) => id === made);
    expect(best.accuracy).toBe(Math.max(...opened.tried.map(({ accuracy }) => accuracy)));
    expect(reports.at(-1)?.done).toBe(reports.at(-1)?.total);
  });

  it('of another size is refused before anything runs', async () => {
    const files = [idxImages('t10k-images-idx3-ubyte', 3, 5, 5)];
    await expect(openData({ files, model: nearestMean(data, 'unit') }, context().context)).rejects.toThrow('has samples of 5×5×1, but nearest mean takes 28×28×1.');
  });

  it('without labels tries nothing', async () => {
    const opened = await openData({ files: asIdx(data).slice(0, 1), model: nearestMean(data, 'unit') }, context().context);
    expect([opened.tried, opened.preprocess]).toEqual([[], 'unit']);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    const run = openData({ files: asIdx(data), model: nearestMean(data, 'unit') }, { signal: controller.signal, report: () => {} });
    await expect(run).rejects.toThrow('Cancelled.');
  });
});

describe('opening a network', () => {
  it('reports what it has and that it runs', async () => {
    const bytes = writeOnnx({
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
      outputs: [{ name: 'y', shape: [1, 3, 4, 4] }],
      initialisers: { w: { dims: [3, 2, 3, 3], floats: new Float32Array(54).fill(0.1) }, b: { dims: [3], floats: [1, 2, 3] } },
      nodes: [
        { op: 'Conv', name: 'only', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Odd', name: 'odd', inputs: ['a'], outputs: ['y'] },
      ],
    });
    const { context: given, reports } = context();
    const { report, hash, fileName } = await importModel({ files: [{ name: 'net.onnx', bytes }] }, given);
    expect(fileName).toBe('net.onnx');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(report).toMatchObject({ format: 'ONNX', layers: 1, parameters: 57, floatBytes: 228, multiplyAccumulates: 16 * 54, unknown: [{ node: 'odd', op: 'Odd' }], runs: true });
    expect(report.refusals.every(({ layer, reason }) => layer === 'only' && reason.endsWith('.'))).toBe(true);
    expect(reports.map(({ done, total }) => done / total)).toEqual([0, 1 / 3, 1]);
  });

  it('of the sample brings its drawn data and the preprocessing it was trained with', async () => {
    const data = sampleDataSet({ trainCount: 100, testCount: 50 });
    const archive = writeModelArchive(nearestMean(data, 'signed'), { preprocess: 'signed' });
    const opened = await openSample({ archive, trainCount: 100, testCount: 50 }, context().context);
    expect(opened.data.hash).toBe(data.hash);
    expect(opened.preprocess).toBe('signed');
    expect(opened.imported.report.runs).toBe(true);
  });
});
