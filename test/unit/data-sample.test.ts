import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/base/hash.ts';
import { createRandom } from '../../core/base/random.ts';
import { PREPROCESS, type DataSet, type PreprocessId } from '../../core/data/data-set.ts';
import { checkFits, fillBatch, preprocessRefusal } from '../../core/data/preprocess.ts';
import { drawDigits, sampleDataSet } from '../../core/data/sample/digits.ts';
import type { Model } from '../../core/graph/graph.ts';

describe('the drawn digits', () => {
  const data = sampleDataSet({ trainCount: 600, testCount: 200 });

  it('are the same for the same seed, and others for another', () => {
    expect(sampleDataSet({ trainCount: 600, testCount: 200 }).hash).toBe(data.hash);
    expect(sampleDataSet({ trainCount: 600, testCount: 200, seed: 3 }).hash).not.toBe(data.hash);
  });

  it('have every class equally often, in no order', () => {
    const labels = [...(data.train?.labels ?? [])];
    for (let label = 0; label < 10; label++) expect(labels.filter((other) => other === label)).toHaveLength(60);
    expect(labels.slice(0, 20)).not.toEqual(labels.slice(0, 20).toSorted());
  });

  it('are never drawn twice, not even in the two halves', () => {
    const pictures = [data.train, data.test].flatMap((half) => Array.from({ length: half?.count ?? 0 }, (_, i) => sha256(half?.images.slice(i * 784, (i + 1) * 784) as Uint8Array)));
    expect(new Set(pictures).size).toBe(800);
  });

  it('use the whole range of grey and stay inside of the picture', () => {
    const images = data.test.images as Uint8Array;
    expect(images.reduce((a, b) => Math.max(a, b), 0)).toBe(255);
    // Ink at the outermost pixels is noise or the end of a neighbour's stroke: far less than in the middle.
    const mean = (row: number): number => {
      let sum = 0;
      for (let i = 0; i < data.test.count; i++) for (let x = 0; x < 28; x++) sum += images[i * 784 + row * 28 + x];
      return sum / (data.test.count * 28);
    };
    expect(mean(0)).toBeLessThan(mean(14) / 4);
  });

  it('cannot be told apart by a linear model', () => {
    // Ten least-squares fits by stochastic gradient (Widrow–Hoff): what a linear read-out of pixels reaches.
    const train = drawDigits({ seed: 1, count: 3000 });
    const test = drawDigits({ seed: 2, count: 500 });
    const weights = new Float64Array(10 * 785);
    const answer = (images: ArrayLike<number>, i: number): Float64Array => {
      const scores = new Float64Array(10);
      for (let c = 0; c < 10; c++) {
        let sum = weights[c * 785 + 784];
        for (let k = 0; k < 784; k++) sum += weights[c * 785 + k] * images[i * 784 + k];
        scores[c] = sum;
      }
      return scores;
    };
    for (let epoch = 0; epoch < 6; epoch++) {
      for (let i = 0; i < train.count; i++) {
        const scores = answer(train.images, i);
        const rate = 1.2e-7 / (1 + epoch);
        for (let c = 0; c < 10; c++) {
          const error = (train.labels?.[i] === c ? 1 : 0) - scores[c];
          for (let k = 0; k < 784; k++) weights[c * 785 + k] += rate * error * train.images[i * 784 + k];
          weights[c * 785 + 784] += 0.005 * error;
        }
      }
    }
    let correct = 0;
    for (let i = 0; i < test.count; i++) {
      const scores = answer(test.images, i);
      if (scores.indexOf(Math.max(...scores)) === test.labels?.[i]) correct++;
    }
    expect(correct / test.count).toBeGreaterThan(0.5);
    expect(correct / test.count).toBeLessThan(0.87);
  });
});

describe('preprocessing', () => {
  const random = createRandom(5);
  const images = Uint8Array.from({ length: 4 * 2 * 2 * 3 }, () => random.integer(0, 256));
  const data: DataSet = { name: 'four', format: 'test', shape: [2, 2, 3], classes: ['a', 'b'], train: null, test: { count: 4, images, labels: null }, hash: '', notes: [] };

  it.each(Object.keys(PREPROCESS) as PreprocessId[])('%s is (x·scale − mean) ÷ deviation, for bytes and for floats', (id) => {
    const row: { scale: readonly number[]; mean: readonly number[]; deviation: readonly number[] } = PREPROCESS[id];
    const at = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c];
    const fromBytes = new Float32Array(24);
    const fromFloats = new Float32Array(24);
    fillBatch(fromBytes, data, 'test', [3, 1], id);
    fillBatch(fromFloats, { ...data, test: { ...data.test, images: Float32Array.from(images) } }, 'test', [3, 1], id);
    [3, 1].forEach((sample, n) => {
      for (let k = 0; k < 12; k++) {
        const expected = (images[sample * 12 + k] * at(row.scale, k % 3) - at(row.mean, k % 3)) / at(row.deviation, k % 3);
        expect(fromBytes[n * 12 + k]).toBeCloseTo(expected, 4);
        expect(fromFloats[n * 12 + k]).toBe(fromBytes[n * 12 + k]);
      }
    });
  });

  it('of signed bytes keeps their sign', () => {
    const target = new Float32Array(3);
    fillBatch(target, { ...data, shape: [3], test: { count: 1, images: Int8Array.of(-128, 0, 127), labels: null } }, 'test', [0], 'raw');
    expect([...target]).toEqual([-128, 0, 127]);
  });

  it('for three colours is refused for grey pictures', () => {
    expect(preprocessRefusal('imagenet', data)).toBeNull();
    expect(preprocessRefusal('imagenet', { ...data, shape: [2, 6, 1] })).toBe('ImageNet mean and deviation is for 3 channels; four has 1.');
    expect(preprocessRefusal('unit', { ...data, shape: [2, 6, 1] })).toBeNull();
  });

  it('of a split that is not there says what to open', () => {
    expect(() => fillBatch(new Float32Array(12), data, 'train', [0], 'raw')).toThrow('four has no train samples.');
  });

  it('needs data of the shape the network takes', () => {
    const model = (input: readonly number[], classes: number): Model => ({
      graph: {
        name: 'net',
        inputs: [{ id: 'x', shape: input }],
        nodes: [{ id: 'y', op: 'dense', inputs: ['x'], attributes: {}, weights: {}, shape: [1, classes] }],
        outputs: ['y'],
        weights: {},
      },
      weights: new Map(),
    });
    expect(() => checkFits(model([1, 2, 2, 3], 2), data)).not.toThrow();
    expect(() => checkFits(model([1, 12], 2), data)).not.toThrow();
    expect(() => checkFits(model([1, 2, 3, 2], 2), data)).toThrow('four has samples of 2×2×3, but net takes 2×3×2.');
    expect(() => checkFits(model([1, 28, 28, 1], 2), data)).toThrow('four has samples of 2×2×3, but net takes 28×28×1.');
    const labelled = { ...data, test: { ...data.test, labels: new Int32Array(4) } };
    expect(() => checkFits(model([1, 2, 2, 3], 1), labelled)).toThrow('four has 2 classes, but net answers with 1 numbers.');
  });
});

describe('the base of it', () => {
  it('SHA-256 is that of OpenSSL for every length around a block', () => {
    const random = createRandom(11);
    for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
      const bytes = Uint8Array.from({ length }, () => random.integer(0, 256));
      const expected = createHash('sha256').update(bytes).digest('hex');
      expect(sha256(bytes)).toBe(expected);
      const at = random.integer(0, length + 1);
      expect(sha256(bytes.subarray(0, at), bytes.subarray(at))).toBe(expected);
    }
  });

  it('random numbers have the mean, deviation and spread that they should', () => {
    const random = createRandom(12);
    const normals = Array.from({ length: 20_000 }, () => random.normal(2, 3));
    const mean = normals.reduce((a, b) => a + b, 0) / normals.length;
    const deviation = Math.sqrt(normals.reduce((a, b) => a + (b - mean) ** 2, 0) / normals.length);
    expect(mean).toBeCloseTo(2, 1);
    expect(deviation).toBeCloseTo(3, 1);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 12_000; i++) counts[random.integer(0, 6)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    const order = random.shuffle(Array.from({ length: 50 }, (_, i) => i));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(createRandom(12).fork(1).word()).not.toBe(createRandom(12).fork(2).word());
  });
});
