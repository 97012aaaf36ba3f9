import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { ExportFile } from '../../core/export/exporter.ts';
import { proveByRuntime, type Proof } from '../../core/export/prove.ts';
import { tfjs } from '../../core/export/tfjs/index.ts';
import { packCodes, packingOf } from '../../core/export/tfjs/pack-codes.ts';
import type { Model } from '../../core/graph/graph.ts';
import { exportNetwork } from '../../core/jobs/export-network.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import type { Program } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { openTfjs } from '../../electron/cli/tfjs-runtime.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';

beforeAll(() => tf.setBackend('cpu'));

function small(): Model {
  const net = new NetworkBuilder(5, [1, 6, 6, 3]);
  const first = net.relu('first-relu', net.conv('first', 'input', 8));
  net.dense('answer', net.flatten('flat', net.relu('second-relu', net.conv('second', first, 7))), 4);
  return net.build('small');
}

const sampleOf = (index: number): Float32Array => {
  const random = createRandom(index);
  return Float32Array.from({ length: 6 * 6 * 3 }, () => random.normal());
};

async function deployed(model: Model, plan: Plan): Promise<Program> {
  return deploy({ model, plan, calibration: await calibrate(model, watchFloat(model), sampleOf, 16, { observer: 'mse' }) });
}

const PLAN: Plan = { first: { scheme: 'int8' }, second: { scheme: 'ternary' }, answer: { scheme: 'int4' } };
const LAYERS = ['first', 'second', 'answer'];

async function proved(program: Program, files: readonly ExportFile[]): Promise<Proof> {
  const { reader } = tfjs;
  if (reader.kind !== 'runtime') throw new Error('A folder is opened by a runtime.');
  const opened = await reader.open(files, program, { compileC: null, openOnnx: null, openTfjs });
  const proof = await proveByRuntime(program, opened, reader, { samples: (i) => sampleOf(100 + i), count: 8, onRow: () => {}, breathe: () => Promise.resolve() });
  opened.close();
  return proof;
}

interface ModelJson {
  readonly signature: { readonly inputs: object; readonly outputs: object };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string; readonly quantization?: object }[] }[];
}

const jsonOf = ([{ bytes }]: readonly ExportFile[]): ModelJson => JSON.parse(new TextDecoder().decode(bytes)) as ModelJson;

describe('codes in bytes', () => {
  it.each([
    ['signs', [-1, 1], 8],
    ['three levels', [-1, 0, 1], 5],
    ['five levels', [-2, -1, 0, 1, 2], 3],
    ['four bits', Array.from({ length: 15 }, (_, i) => i - 7), 2],
    ['eight bits', Array.from({ length: 255 }, (_, i) => i - 127), 1],
  ])('%s: every digit comes back', (_, levels, expected) => {
    const random = createRandom(3);
    const codes = Int8Array.from([...levels, ...Array.from({ length: 96 }, () => random.pick(levels))]);
    const packing = packingOf(codes);
    expect(packing.perByte).toBe(expected);
    const bytes = packCodes(codes, packing);
    expect(bytes.length).toBe(Math.ceil(codes.length / expected));
    const read = Array.from(codes, (_, i) => (Math.floor(bytes[i % bytes.length] / packing.base ** Math.floor(i / bytes.length)) % packing.base) * packing.step + packing.offset);
    expect(read).toEqual([...codes]);
  });
});

describe('a folder for TensorFlow.js', () => {
  it('has its weights as bytes, names of the network and one signature', async () => {
    const files = await tfjs.write(await deployed(small(), PLAN), 'net');
    expect(files.map(({ path }) => path)).toEqual(['net/model.json', 'net/group1-shard1of1.bin']);
    const { signature, weightsManifest } = jsonOf(files);
    expect(Object.keys(signature.inputs)).toEqual(['input']);
    const [{ weights }] = weightsManifest;
    const codes = weights.filter(({ name }) => name.endsWith('/codes'));
    expect(codes.map(({ name, shape, quantization }) => [name, shape, quantization])).toEqual([
      ['first/codes', [3, 3, 3, 8], { dtype: 'uint8', scale: 1, min: -128, original_dtype: 'float32' }],
      ['second/codes', [1, Math.ceil((9 * 8 * 7) / 5)], { dtype: 'uint8', scale: 1, min: 0, original_dtype: 'float32' }],
      ['answer/codes', [1, (6 * 6 * 7 * 4) / 2], { dtype: 'uint8', scale: 1, min: 0, original_dtype: 'float32' }],
    ]);
    expect(tfjs.fileBytes?.(files)).toBe(files[0].bytes.length + files[1].bytes.length);
  });

  it('answers as many samples at once as it is given', async () => {
    const program = await deployed(small(), PLAN);
    const files = await tfjs.write(program, 'net');
    const model = tf.loadGraphModelSync([jsonOf(files) as never, files[1].bytes.slice().buffer]);
    const samples = [1, 2, 3].map(sampleOf);
    const together = await (model.predict(tf.tensor(samples.flatMap((sample) => [...sample]), [3, 6, 6, 3])) as tf.Tensor).data();
    const runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
    expect([...together]).toEqual(samples.flatMap((sample) => [...runtime.run(sample)]));
  });

  it('is refused by the proof when one byte of the weights of any layer is another', async () => {
    const program = await deployed(small(), PLAN);
    const files = await tfjs.write(program, 'net');
    expect((await proved(program, files)).rows.map(({ differences }) => differences)).toEqual([0, 0, 0]);
    const sizes = jsonOf(files).weightsManifest[0].weights.map(({ name, shape, quantization }) => ({ name, bytes: shape.reduce((a, b) => a * b, 1) * (quantization ? 1 : 4) }));
    for (const layer of LAYERS) {
      const before = sizes.slice(0, sizes.findIndex(({ name }) => name === `${layer}/codes`)).reduce((sum, { bytes }) => sum + bytes, 0);
      const shard = files[1].bytes.slice();
      shard[before] = shard[before] > 100 ? shard[before] - 1 : shard[before] + 1;
      const proof = await proved(program, [files[0], { path: files[1].path, bytes: shard }]);
      expect(proof.rows.find((row) => row.layer === layer)!.differences, layer).toBeGreaterThan(0);
    }
  });

  it('is cut into shards of 4 MB, which are put together again', { timeout: 60_000 }, async () => {
    const net = new NetworkBuilder(6, [1, 6, 6, 3]);
    net.dense('answer', net.relu('relu', net.dense('wide', net.flatten('flat', 'input'), 10_000)), 3);
    const program = await deployed(net.build('wide'), {});
    const files = await tfjs.write(program, 'wide');
    expect(files.slice(1).map(({ path, bytes }) => [path, bytes.length === 4 * 2 ** 20])).toEqual([
      ['wide/group1-shard1of2.bin', true],
      ['wide/group1-shard2of2.bin', false],
    ]);
    const proof = await proved(program, files);
    expect([proof.answersEqual, proof.rows.filter(({ differences }) => differences > 0)]).toEqual([8, []]);
  });

  it('is not proved where there is no TensorFlow.js', async () => {
    const model = small();
    const calibration = await calibrate(model, watchFloat(model), sampleOf, 16, { observer: 'mse' });
    const arg = { target: 'tfjs', state: { model, plan: PLAN, calibration }, name: 'net', data: null, preprocess: 'unit', proofSamples: 2 } as const;
    const context = { signal: new AbortController().signal, report: () => {} };
    await expect(exportNetwork(arg, context)).rejects.toThrow('There is no TensorFlow.js here that the folder could be proved with.');
    const result = await exportNetwork(arg, context, { compileC: null, openOnnx: null, openTfjs });
    expect(result.proof).toMatchObject({ equal: true, answersEqual: 2, reader: 'TensorFlow.js, every stored value beside the studio’s' });
    expect(result.weightBytes).toBe(result.files.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(result.findings[1]).toMatch(/^second, TERNARY, runs as a convolution of real numbers in TensorFlow.js, with the same results; 5 weights a byte, which every run takes apart again: /);
  });

  it('puts back the backend that computed before', async () => {
    const program = await deployed(small(), PLAN);
    const backend = Object.create(tf.backend()) as tf.KernelBackend;
    tf.registerBackend('other', () => backend);
    await tf.setBackend('other');
    await proved(program, await tfjs.write(program, 'net'));
    expect(tf.getBackend()).toBe('other');
    await tf.setBackend('cpu');
    tf.removeBackend('other');
  });
});
