import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { elementCount, type Model } from '../../core/graph/graph.ts';
import { readNetwork } from '../../core/import/index.ts';
import { writeZip } from '../../core/project/archive.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';
import { writeTfjs } from '../fixtures/tfjs-writer.ts';
import { kerasCases } from './import-keras.cases.ts';
import { graphCases } from './import-tfjs.cases.ts';

const SEED = 51;

beforeAll(() => tf.setBackend('cpu'));

/** What tfjs is given: model.json, and the shards in the order of the manifest. */
function handler(files: readonly NamedFile[]): tf.io.IOHandler {
  const json = JSON.parse(new TextDecoder().decode(files[0].bytes)) as tf.io.ModelJSON;
  const bytes = json.weightsManifest.flatMap(({ paths }) => paths.flatMap((path) => [...files.find(({ name }) => name.endsWith(path))!.bytes]));
  return { load: async () => tf.io.getModelArtifactsForJSON(json, async () => [tf.io.getWeightSpecs(json.weightsManifest), Uint8Array.from(bytes).buffer]) };
}

const noise = (shape: readonly number[], index = 0): Float32Array => {
  const random = createRandom(SEED + index);
  return Float32Array.from({ length: elementCount(shape) }, () => random.normal());
};

/** The largest difference as a share of the answers' range. */
function deviation(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const range = Math.max(...expected) - Math.min(...expected) || Math.abs(expected[0]);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0) / range;
}

async function compared(files: readonly NamedFile[], kind: 'graph' | 'layers', model: Model, samples = 3): Promise<number> {
  const { shape } = model.graph.inputs[0];
  const loaded = kind === 'graph' ? await tf.loadGraphModel(handler(files)) : await tf.loadLayersModel(handler(files));
  let largest = 0;
  for (let index = 0; index < samples; index++) {
    const sample = noise(shape, index);
    const expected = await (loaded.predict(tf.tensor(sample, [...shape])) as tf.Tensor).data();
    largest = Math.max(largest, deviation(Float32Array.from(createFloatRuntime(model).run(sample)), expected as Float32Array));
  }
  return largest;
}

describe(`an imported graph model answers like tfjs (seed ${SEED})`, () => {
  it.each(graphCases(SEED))('$name', async ({ files }) => {
    const { model } = await readNetwork(files);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(await compared(files, 'graph', model)).toBeLessThan(1e-5);
  });
});

describe(`an imported layers model answers like tfjs (seed ${SEED})`, () => {
  it.each(kerasCases(SEED).flatMap((given) => ([undefined, 'uint8', 'float16'] as const).map((quantised) => ({ ...given, quantised }))))('$name, $quantised', async ({ config, weights, quantised }) => {
    const topology = { ...config, class_name: config.class_name === 'Functional' ? 'Model' : config.class_name };
    const stored = Object.values(weights).flat().map(({ name, shape, values }) => ({ name: name.replace(/:0$/, ''), shape, values, ...(quantised ? { quantised } : {}) }));
    const files = writeTfjs({ model_config: topology, keras_version: '2.4.0' }, stored, { format: 'layers-model' });
    const { model } = await readNetwork(files);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(await compared(files, 'layers', model)).toBeLessThan(1e-4);
  });
});

describe('files of a folder', () => {
  const { files } = graphCases(SEED)[0];
  const [main, ...shards] = files;
  const changed = (change: (text: string) => string): NamedFile => ({ name: main.name, bytes: new TextEncoder().encode(change(new TextDecoder().decode(main.bytes))) });

  it('may be in a zip, with a folder or without', async () => {
    for (const folder of ['', 'a/b/']) {
      const bytes = writeZip(Object.fromEntries(files.map((file) => [folder + file.name.slice(4), file.bytes])));
      const { model, format } = await readNetwork([{ name: 'net.zip', bytes }]);
      expect(format).toBe('TensorFlow.js');
      expect(model.graph).toEqual({ ...(await readNetwork(files)).model.graph, name: expect.any(String) });
    }
  });

  it('are named where they are missing', async () => {
    expect(shards.length).toBeGreaterThan(1);
    await expect(readNetwork([main, ...shards.slice(1)])).rejects.toThrow('keeps its weights in group1-shard1of2.bin, which is missing.');
    await expect(readNetwork([main])).rejects.toThrow('keeps its weights in 2 files that are missing: group1-shard1of2.bin, group1-shard2of2.bin.');
  });

  it.each(['../secret.bin', '/etc/passwd', 'a/../../b', 'c:\\\\b', 'http://host/x'])('are below the folder: "%s" is refused', async (path) => {
    await expect(readNetwork([changed((text) => text.replace('group1-shard1of2.bin', path)), ...shards])).rejects.toThrow('which is no path below its own folder.');
  });

  it('that are too short are refused with the weight that they lack', async () => {
    const cut = shards.map(({ name, bytes }, i) => ({ name, bytes: i === shards.length - 1 ? bytes.slice(0, -3) : bytes }));
    await expect(readNetwork([main, ...cut])).rejects.toThrow('The weight "answer/bias" of net/model.json needs 16 bytes where its files have 13 left.');
    await expect(readNetwork([changed((text) => text.replace('[3,3,3,6]', '[3000000,3000000,3,6]')), ...shards])).rejects.toThrow('The weight "first/kernel"');
  });

  it('with an operator that the studio lacks keep what is before it', async () => {
    const { model } = await readNetwork([changed((text) => text.replace('"op":"Mean"', '"op":"Erf"')), ...shards]);
    expect(model.graph.nodes.flatMap((node) => (node.op === 'unknown' ? [node.attributes.sourceOp] : []))).toEqual(['Erf']);
    expect(model.graph.nodes.filter(({ op }) => op === 'conv2d').map(({ id }) => id)).toEqual(['first', 'bent', 'leaky']);
  });

  it('with a layer whose parts do not fit here, such as channels in groups, keep what is before it', async () => {
    const { model } = await readNetwork([changed((text) => text.replace('"bent/kernel","shape":[1,1,6,6]', '"bent/kernel","shape":[1,1,3,12]')), ...shards]);
    expect(model.graph.nodes.find(({ op }) => op === 'unknown')?.id).toBe('bent');
    expect(model.graph.nodes.filter(({ op }) => op === 'conv2d').map(({ id }) => id)).toContain('first');
  });

  it('with lists that double without end are opened up to there', async () => {
    const node = (op: string, name: string, input: readonly string[]): object => ({ name, op, input, attr: {} });
    const joins = Array.from({ length: 60 }, (_, i) => node('ConcatV2', `list${i + 1}`, [`list${i}`, `list${i}`, 'axis']));
    const shape = { shape: { dim: [-1, 4].map((size) => ({ size: String(size) })) } };
    const nodes = [{ name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape } }, node('Const', 'list0', []), node('Const', 'axis', []), node('Relu', 'act', ['image']), ...joins, node('Reshape', 'out', ['act', 'list60'])];
    const files = writeTfjs({ node: nodes, library: {}, versions: { producer: 440 } }, [{ name: 'list0', shape: [1], values: [4], dtype: 'int32' }, { name: 'axis', shape: [], values: [0], dtype: 'int32' }], { format: 'graph-model' });
    expect((await readNetwork(files)).model.graph.outputs).toEqual(['act']);
  });
});

describe.skipIf(!hasRealData)('published networks', () => {
  const folder = (name: string, files: readonly string[]): readonly NamedFile[] => files.map((file) => ({ name: `${name}/${file}`, bytes: new Uint8Array(readFileSync(realFile(`models/tfjs/${name}/${file}`))) }));

  it.each([
    ['nsfwjs_mobilenet_v2', ['model.json', 'group1-shard1of1'], 55],
    ['abalone', ['model.json', 'weights.bin'], 3],
  ] as const)('%s answers like tfjs', { timeout: 60_000 }, async (name, files, layers) => {
    const given = folder(name, files);
    const { model } = await readNetwork(given);
    expect(model.graph.nodes.filter(({ op }) => op === 'unknown')).toEqual([]);
    expect(model.graph.nodes.filter(({ op }) => ['conv2d', 'depthwise-conv2d', 'dense'].includes(op)).length).toBe(layers);
    const found = await compared(given, 'layers', model, 1);
    console.info(`${name}: within ${found.toPrecision(2)} of the answers' range.`);
    expect(found).toBeLessThan(1e-4);
  });
});
