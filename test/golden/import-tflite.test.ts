import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { elementCount, layersOf } from '../../core/graph/graph.ts';
import { readNetwork, type ReadNetwork } from '../../core/import/index.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { uniforms } from '../fixtures/linear-congruential.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

/** What test/golden/pytorch/tflite.py answers, in double precision, with a reader and operators of its own. */
const ANSWERS = JSON.parse(readFileSync(join(import.meta.dirname, 'tflite-answers.json'), 'utf8')) as Readonly<Record<string, readonly number[]>>;
const SEED = 1;

const open = (path: string): Promise<ReadNetwork> => readNetwork([{ name: path, bytes: new Uint8Array(readFileSync(realFile(`models/${path}`))) }]);

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const scale = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return Array.from(expected).reduce((largest, value, i) => Math.max(largest, Math.abs(actual[i] - value) / scale), 0);
}

describe.skipIf(!hasRealData)('TensorFlow Lite files of others', () => {
  it.each(Object.keys(ANSWERS))('%s answers as PyTorch does', { timeout: 60_000 }, async (path) => {
    const { model } = await open(path);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    const answer = createFloatRuntime(model).run(uniforms(SEED, elementCount(model.graph.inputs[0].shape)));
    expect(largestDifference(answer, ANSWERS[path])).toBeLessThan(1e-5);
  });

  test('the same weights as .tflite and as .h5 give the same answers', async () => {
    const [tflite, keras] = await Promise.all(['mlperf-tiny/pretrainedResnet.tflite', 'mlperf-tiny/pretrainedResnet.h5'].map(open));
    const image = uniforms(SEED, 32 * 32 * 3).map((value) => Math.round(127.5 * (value + 1)));
    expect(largestDifference(createFloatRuntime(tflite.model).run(image), createFloatRuntime(keras.model).run(image))).toBeLessThan(1e-5);
  });

  test('the thirteen binary layers of QuickNet are XNOR with their own padding', async () => {
    const { model, plan } = await open('larq/quicknet_lce.tflite');
    expect(Object.values(plan)).toEqual(Array.from({ length: 13 }, () => ({ scheme: 'xnor', options: { padding: 'plus' } })));
    const binary = layersOf(model.graph).filter(({ id }) => Object.hasOwn(plan, id));
    for (const { weights } of binary) expect(model.weights.get(weights.kernel)?.every((value) => Math.abs(value) === 1)).toBe(true);
  });
});
