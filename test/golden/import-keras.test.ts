import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { writeKeras, writeKerasArchive } from '../fixtures/keras-writer.ts';
import { kerasCases, type KerasCase } from './import-keras.cases.ts';

const SEED = 47;

beforeAll(() => tf.setBackend('cpu'));

/** The same network in tfjs, which reads Keras' own description. */
async function answerOfTfjs({ config, weights, input }: KerasCase, sample: Float32Array): Promise<Float32Array> {
  const tensors = Object.values(weights).flat();
  const specs = tensors.map(({ name, shape }) => ({ name: name.replace(/:0$/, ''), shape: [...shape], dtype: 'float32' as const }));
  const data = new Float32Array(tensors.reduce((sum, { values }) => sum + values.length, 0));
  let offset = 0;
  for (const { values } of tensors) {
    data.set(values, offset);
    offset += values.length;
  }
  const topology = { class_name: config.class_name === 'Functional' ? 'Model' : config.class_name, config: config.config };
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: topology, weightSpecs: specs, weightData: data.buffer }));
  const output = model.predict(tf.tensor(sample, [1, ...input])) as tf.Tensor;
  return (await output.data()) as Float32Array;
}

describe(`an imported Keras file answers like tfjs (seed ${SEED})`, () => {
  it.each(kerasCases(SEED).flatMap((given) => [{ ...given, as: 'case.h5', write: writeKeras }, { ...given, as: 'case.keras', write: writeKerasArchive }]))('$name, $as', async ({ as, write, ...given }) => {
    const { model } = await readNetwork([{ name: as, bytes: await write(given) }]);
    expect(model.graph.nodes.filter((node) => node.op === 'unknown')).toEqual([]);
    const random = createRandom(SEED);
    const sample = Float32Array.from({ length: elementCount(given.input) }, () => random.normal());
    const expected = await answerOfTfjs(given, sample);
    const actual = createFloatRuntime(model).run(sample);
    expect(actual.length).toBe(expected.length);
    const difference = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
    expect(difference).toBeLessThan(5e-6);
  });
});
