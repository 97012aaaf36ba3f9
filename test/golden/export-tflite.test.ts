import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import type { Exporter } from '../../core/export/exporter.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { proveByRuntime } from '../../core/export/prove.ts';
import { lce, tflite } from '../../core/export/tflite/index.ts';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import { sampleReader } from '../../core/jobs/batches.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { openTflite } from '../fixtures/litert-runtime.ts';

const FOLDER = resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data');
const present = existsSync(FOLDER);
if (!present) console.warn(`Skipped: ${FOLDER} is absent (set BITWRIGHT_DATA to the folder of real networks and data).`);

const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(resolve(FOLDER, path))) });
const context = { signal: new AbortController().signal, report: () => {} };
const CIFAR = ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'];
/** Enough for a difference to show; by hand more. */
const PICTURES = Number(process.env['BITWRIGHT_PICTURES'] ?? 20);

interface Subject {
  readonly model: Model;
  readonly picture: (index: number) => Float32Array;
}

async function resnet(): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file('models/mlperf-tiny/pretrainedResnet.h5')] }, context);
  const { data, preprocess } = await JOBS.openData({ files: CIFAR.map(file), model }, context);
  return { model, picture: sampleReader(data, 'test', preprocess) };
}

/** No pictures of persons lie here: those of CIFAR-10, three times as large and in eight colours, of which the network takes a quarter for persons. */
async function mobileNet(): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file('models/mlperf-tiny/vww_96.h5')] }, context);
  const { data } = await JOBS.openData({ files: CIFAR.map(file) }, context);
  const read = sampleReader(data, 'test', 'unit');
  const picture = (index: number): Float32Array => {
    const small = read(index);
    return Float32Array.from({ length: 96 * 96 * 3 }, (_, i) => (small[(Math.floor(i / 3 / 96 / 3) * 32 + Math.floor(((i / 3) % 96) / 3)) * 3 + (i % 3)] > 0.5 ? 1 : 0));
  };
  return { model, picture };
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
  if (reader.kind !== 'runtime') throw new Error('A TensorFlow Lite file is opened by a runtime.');
  const opened = await reader.open(files, program, { compileC: null, openOnnx: null, openTflite });
  const result = await proveByRuntime(program, opened, reader, { samples: picture, count: PICTURES, onRow: () => {}, breathe: () => Promise.resolve() });
  opened.close();
  const largest = result.rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0);
  const equal = result.rows.filter(({ differences, deviation = 0 }) => differences === 0 && deviation === 0).length;
  const float = [...model.weights.values()].reduce((sum, values) => sum + values.byteLength, 0);
  console.info(
    `${target.id}, ${title}: ${result.answersEqual} of ${PICTURES} answers, ${result.ties} ties; ${equal} of ${result.rows.length} layers to the bit, the others within ${percent(largest)}; ${files[0].bytes.length} bytes, packed ${writePacked(program).length}, weights in float32 ${float}.`,
  );
  return result;
}

const CASES = [...Object.keys(PLANS).map((plan) => ({ plan, target: tflite })), { plan: 'xnor in the middle', target: lce }];

describe.skipIf(!present).each([
  ['ResNet-8', resnet],
  ['MobileNet', mobileNet],
] as const)('%s as a TensorFlow Lite file', (network, open) => {
  test.each(CASES)('for $target.id in $plan: LiteRT stores and answers nearly what the studio does', { timeout: 600_000 }, async ({ plan, target }) => {
    const subject = await open();
    const result = await proof(target, subject, PLANS[plan](subject.model), `${network} in ${plan}`);
    expect(result.rows.filter(({ differences }) => differences > 0)).toEqual([]);
    expect(result.answersEqual).toBeGreaterThanOrEqual(0.9 * PICTURES);
    expect(result.answersEqual + result.ties).toBe(PICTURES);
  });
});
