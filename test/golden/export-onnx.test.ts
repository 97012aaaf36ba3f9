import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import type { Exporter } from '../../core/export/exporter.ts';
import { onnx, onnxQdq } from '../../core/export/onnx/index.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { proveByRuntime } from '../../core/export/prove.ts';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import { sampleReader } from '../../core/jobs/batches.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { openOnnx } from '../fixtures/onnx-runtime.ts';

const FOLDER = resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data');
const present = existsSync(FOLDER);
if (!present) console.warn(`Skipped: ${FOLDER} is absent (set BITWRIGHT_DATA to the folder of real networks and data).`);

const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(resolve(FOLDER, path))) });
const context = { signal: new AbortController().signal, report: () => {} };
const CIFAR = ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'];
const PICTURES = 200;

interface Subject {
  readonly model: Model;
  readonly picture: (index: number) => Float32Array;
}

async function resnet(): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file('models/mlperf-tiny/pretrainedResnet.h5')] }, context);
  const { data, preprocess } = await JOBS.openData({ files: CIFAR.map(file), model }, context);
  return { model, picture: sampleReader(data, 'test', preprocess) };
}

/** No pictures of persons lie here: those of CIFAR-10, three times as large. */
async function mobileNet(): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file('models/mlperf-tiny/vww_96.h5')] }, context);
  const { data } = await JOBS.openData({ files: CIFAR.map(file) }, context);
  const read = sampleReader(data, 'test', 'unit');
  const picture = (index: number): Float32Array => {
    const small = read(index);
    return Float32Array.from({ length: 96 * 96 * 3 }, (_, i) => small[(Math.floor(i / 3 / 96 / 3) * 32 + Math.floor(((i / 3) % 96) / 3)) * 3 + (i % 3)]);
  };
  return { model, picture };
}

async function lenet(): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file('models/mnist/mnist-8.onnx')] }, context);
  const { data } = await JOBS.openData({ files: ['mnist/t10k-images-idx3-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz'].map(file), model }, context);
  return { model, picture: sampleReader(data, 'test', 'raw') };
}

const MIXED: readonly SchemeId[] = ['int8', 'int4', 'ternary', 'binary', 'float32'];

const PLANS: Readonly<Record<string, (model: Model) => Plan>> = {
  float32: () => ({}),
  int8: ({ graph }) => uniformPlan(graph, 'int8'),
  int4: ({ graph }) => uniformPlan(graph, 'int4'),
  mixed: ({ graph }) => Object.fromEntries(layersOf(graph).map((layer, i) => [layer.id, { scheme: MIXED[i % MIXED.length] }])),
  'xnor in the middle': ({ graph }) => uniformPlan(graph, 'xnor'),
};

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

async function proof(target: Exporter, { model, picture }: Subject, plan: Plan, title: string) {
  const calibration = await calibrate(model, watchFloat(model), picture, 32, { observer: 'mse' });
  const program = deploy({ model, plan, calibration });
  const files = await target.write(program, 'network');
  const { reader } = target;
  if (reader.kind !== 'runtime') throw new Error('An ONNX file is opened by a runtime.');
  const opened = await reader.open(files, program, { compileC: null, openOnnx, openTflite: null });
  const result = await proveByRuntime(program, opened, reader, { samples: picture, count: PICTURES, onRow: () => {}, breathe: () => Promise.resolve() });
  opened.close();
  const largest = result.rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0);
  const equal = result.rows.filter(({ differences, deviation = 0 }) => differences === 0 && deviation === 0).length;
  console.info(
    `${target.id}, ${title}: ${result.answersEqual} of ${PICTURES} answers, ${result.ties} ties; ${equal} of ${result.rows.length} layers to the bit, the others within ${percent(largest)}; ${files[0].bytes.length} bytes, packed ${writePacked(program).length}.`,
  );
  return result;
}

async function sample(): Promise<Subject> {
  const archive = new Uint8Array(readFileSync(resolve('core/data/sample/digits-cnn.bitmodel')));
  const { imported, data, preprocess } = await JOBS.openSample({ archive }, context);
  return { model: imported.model, picture: sampleReader(data, 'test', preprocess) };
}

describe.skipIf(!present).each([
  ['the sample', sample],
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
  ['LeNet', lenet],
] as const)('%s as an ONNX file', (network, open) => {
  test.each(Object.keys(PLANS))('in %s: ONNX Runtime stores and answers what the studio does', { timeout: 120_000 }, async (plan) => {
    const subject = await open();
    const result = await proof(onnx, subject, PLANS[plan](subject.model), `${network} in ${plan}`);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual).toBeGreaterThanOrEqual(0.995 * PICTURES);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });

  test('in int8 for accelerators: nearly every answer, ties for the rest', { timeout: 120_000 }, async () => {
    const subject = await open();
    const result = await proof(onnxQdq, subject, PLANS['int8'](subject.model), `${network} in int8`);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual).toBeGreaterThanOrEqual(0.98 * PICTURES);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });
});
