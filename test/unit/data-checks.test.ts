import { describe, expect, it } from 'vitest';
import type { DataSet, Samples } from '../../core/data/data-set.ts';
import type { Finding } from '../../core/data/checks/check.ts';
import { checkDataSet, type DataCheckId } from '../../core/data/checks/index.ts';
import { createSampleIndex } from '../../core/data/checks/sample-index.ts';
import { onGrid } from '../../core/data/codes.ts';
import { preprocessRefusal } from '../../core/data/preprocess.ts';
import { triedText } from '../../core/data/tried.ts';
import { checkData } from '../../core/jobs/check-data.ts';
import { sampleDataSet } from '../../core/data/sample/digits.ts';
import { createRandom } from '../../core/base/random.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';

/** Samples of two numbers each. */
const samples = (rows: readonly (readonly [number, number])[], labels: readonly number[] | null): Samples => ({
  count: rows.length,
  images: Uint8Array.from(rows.flat()),
  labels: labels && Int32Array.from(labels),
});

const dataSet = (test: Samples, train: Samples | null = null): DataSet => ({ name: 'pairs', format: 'csv', shape: [2], classes: ['red', 'green', 'blue'], train, test, hash: 'pairs', notes: [] });

async function findings(data: DataSet, outputs: number | null = 3): Promise<Partial<Record<DataCheckId | 'calibration', Finding>>> {
  const found = await checkDataSet({ data, outputs }, async () => {}, () => {});
  return Object.fromEntries(found.map(({ check, tone, text }) => [check, { tone, text }]));
}

const sound = samples([[1, 2], [3, 4], [5, 6]], [0, 1, 2]);

describe('checks of a data set', () => {
  it('find nothing in one that is in order', async () => {
    const found = await findings(dataSet(sound, samples([[7, 8], [9, 10], [11, 12]], [2, 1, 0])));
    expect(Object.values(found).map(({ tone }) => tone)).toEqual(['good', 'good', 'good', 'good', 'good']);
    expect(found.labels?.text).toBe('Labels run from 0 to 2: one for each of the 3 answers of the network.');
  });

  it('find classes without samples and classes that outweigh others', async () => {
    expect((await findings(dataSet(samples([[1, 2], [3, 4]], [0, 2])))).coverage).toEqual({ tone: 'warn', text: 'The test samples have none of green: 2 of 3 classes are covered.' });
    const rows = Array.from({ length: 12 }, (_, i) => [i, 100] as const);
    const uneven = samples(rows, rows.map((_, i) => (i < 10 ? 0 : i - 9)));
    expect((await findings(dataSet(uneven))).coverage).toEqual({ tone: 'warn', text: 'The test samples are uneven: 10 of red, 1 of green. Accuracy says most about the large classes.' });
    expect((await findings(dataSet(samples([[1, 2]], null)))).coverage?.tone).toBe('warn');
  });

  it.each([
    [[0, 1, 2], 2, 'bad', 'Labels run from 0 to 2, but the network answers with 2 numbers, so classes from 2 on are never right.'],
    [[1, 2, 3], 3, 'bad', 'Labels run from 1 to 3, but the network answers with 3 numbers, so classes from 3 on are never right. Where classes are counted from 1, every right answer is taken for the class before.'],
    [[1, 2, 2], 3, 'warn', 'Labels run from 1 to 2; none is 0. Where classes are counted from 1, every right answer is taken for the class before.'],
    [[0, 1, 2], 10, 'warn', 'Labels run from 0 to 2, and the network answers with 10 numbers: it knows classes that the data lacks.'],
  ] as const)('find that labels %j do not suit %i answers', async (labels, outputs, tone, text) => {
    expect((await findings(dataSet(samples([[1, 2], [3, 4], [5, 6]], labels)), outputs)).labels).toEqual({ tone, text });
  });

  it('find test samples that are trained on', async () => {
    const found = await findings(dataSet(sound, samples([[3, 4], [3, 4], [0, 9]], [1, 1, 0])));
    expect(found.leakage).toEqual({ tone: 'bad', text: '1 of 3 test samples are training samples too: accuracy after training counts what was learnt by heart.' });
    expect(found.repeats).toEqual({ tone: 'warn', text: '1 of 3 training samples repeat another one.' });
  });

  it('find samples that contradict each other, and empty ones', async () => {
    const found = await findings(dataSet(samples([[3, 4], [3, 4], [7, 7]], [0, 1, 2])));
    expect(found.repeats).toEqual({ tone: 'bad', text: '1 of 3 test samples repeat another one; 1 repetition has another label, so one of the two is wrong.' });
    expect(found.constant).toEqual({ tone: 'warn', text: '1 sample of 3 hold one value throughout: test sample 3.' });
  });

  it('tell samples apart whose hashes meet', () => {
    // Two FNV-1a collisions of 32 bits among random rows are near certain at 200,000; every row is looked up again as itself.
    const random = createRandom(3);
    const count = 200_000;
    const images = Uint8Array.from({ length: count * 8 }, () => random.integer(0, 256));
    const index = createSampleIndex(8);
    const first = new Map<string, number>();
    for (let sample = 0; sample < count; sample++) {
      const key = images.subarray(sample * 8, sample * 8 + 8).join();
      expect(index.add(images, sample)).toBe(first.get(key) ?? null);
      if (!first.has(key)) first.set(key, sample);
    }
  });
});

describe('the job that checks', () => {
  it('says from a curve of int8 networks whether calibration has enough samples', async () => {
    const data = sampleDataSet({ trainCount: 300, testCount: 100 });
    const net = new NetworkBuilder(7, [1, 28, 28, 1]);
    net.dense('answer', net.flatten('flat', net.relu('relu', net.conv('conv', net.maxPool('pool', 'input'), 6))), 10);
    const model = net.build('small');
    const progress: number[] = [];
    const context = { signal: new AbortController().signal, report: ({ done, total }: { done: number; total: number }) => void progress.push(done / total) };
    const { findings: found, curve } = await checkData({ data, model, preprocess: 'unit' }, context);
    expect(curve.map(({ samples: count }) => count)).toEqual([16, 64, 128, 256]);
    expect(curve.every(({ divergence }) => divergence >= 0 && Number.isFinite(divergence))).toBe(true);
    expect(found.at(-1)?.check).toBe('calibration');
    expect(progress.at(-1)).toBe(1);
    const few = await checkData({ data: { ...data, train: null }, model, preprocess: 'unit' }, context);
    expect(few.curve.map(({ samples: count }) => count)).toEqual([16, 64, 100]);
    expect(few.findings.at(-1)).toMatchObject({ tone: 'warn', text: expect.stringContaining('Calibration takes 256 samples and') });
  });
});

describe('preprocessings', () => {
  it('for divided numbers are for those alone, and those of MNIST for one channel', () => {
    const pixels = { ...dataSet(sound), shape: [1, 2, 1] };
    expect(preprocessRefusal('divided-signed', pixels)).toBe('−1 to 1, from 0 to 1 is for real numbers; pairs has pixels.');
    expect(preprocessRefusal('divided-signed', { ...pixels, test: { ...sound, images: new Float32Array(6) } })).toBeNull();
    expect(preprocessRefusal('mnist', pixels)).toBeNull();
    expect(preprocessRefusal('mnist', { ...pixels, shape: [1, 1, 3] })).toBe('MNIST mean and deviation is for 1 channel; pairs has 3.');
  });

  it('that were tried are told with the chosen one first', () => {
    const tried = [{ id: 'unit', accuracy: 0.312, count: 48 }, { id: 'cifar', accuracy: 0.905, count: 200 }, { id: 'imagenet', accuracy: 0.9, count: 200 }] as const;
    expect(triedText('resnet20', tried, 'imagenet').replaceAll('\u00a0', ' ')).toBe(
      'resnet20 reaches 90.0 % with ImageNet mean and deviation, 90.5 % with CIFAR-10 mean and deviation, 31.2 % with 0 to 1 (÷255) (on up to 200 test samples).',
    );
  });
});

describe('signed bytes for a quantised network', () => {
  const codes = { ...dataSet({ ...sound, images: Int8Array.of(-128, 3, 83, 127, 0, 1) }), hash: 'codes' };
  it('become the numbers that they stand for', () => {
    const real = onGrid(codes, { scale: 0.5, zeroPoint: 83 });
    expect([...real.test.images]).toEqual([-105.5, -40, 0, 22, -41.5, -41]);
    expect(real.hash).not.toBe(codes.hash);
    expect(real.notes).toEqual(["Its signed bytes are codes on the grid of the network's input: (code − 83) × 0.5."]);
  });
  it('stay as they are where they are pixels less 128, as other data do', () => {
    expect(onGrid(codes, { scale: 1, zeroPoint: -128 })).toBe(codes);
    const pixels = dataSet(sound);
    expect(onGrid(pixels, { scale: 0.5, zeroPoint: 3 })).toBe(pixels);
  });
});
