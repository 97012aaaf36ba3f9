import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { StudioError } from '../../core/base/errors.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import type { DeviceUse } from '../../core/export/exporter.ts';
import { EXPORTERS, exporterOf } from '../../core/export/index.ts';
import { TARGETS, type ExporterId } from '../../core/export/targets.ts';
import { layersOf, type Graph, type Model } from '../../core/graph/graph.ts';
import { sampleReader } from '../../core/jobs/batches.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { readModelArchive } from '../../core/project/archive.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import { layerFacts } from '../../core/schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { fullMachine } from '../fixtures/proof-machine.ts';

export interface ExportRunOptions {
  /** Folder of real networks and data. */
  readonly data: string;
  /** A trained LeNet for Fashion-MNIST, or null: it is left out. */
  readonly lenet: string | null;
  /** Rows whose title contains it. */
  readonly only: string;
  readonly samples: number;
}

interface Subject {
  readonly model: Model;
  /** A preprocessed picture, into a buffer that may be used again. */
  readonly picture: (index: number) => Float32Array;
  readonly count: number;
}

const CALIBRATION_PICTURES = 64;
const context = { signal: new AbortController().signal, report: () => {} };
const file = (path: string): NamedFile => ({ name: basename(path), bytes: new Uint8Array(readFileSync(path)) });
const importFile = async (path: string): Promise<Model> =>
  path.endsWith('.bitmodel') ? readModelArchive(file(path).bytes, basename(path)).model : (await JOBS.importModel({ files: [file(path)] }, context)).model;

async function lenet({ data, lenet: path }: ExportRunOptions): Promise<Subject> {
  const model = await importFile(path ?? '');
  const names = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
  const opened = await JOBS.openData({ files: names.map((name) => file(join(data, 'fashion-mnist', name))), model }, context);
  return { model, picture: sampleReader(opened.data, 'test', opened.preprocess), count: opened.data.test.count };
}

const CIFAR = ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'];

async function resnet({ data }: ExportRunOptions): Promise<Subject> {
  const model = await importFile(join(data, 'models/mlperf-tiny/pretrainedResnet.h5'));
  const opened = await JOBS.openData({ files: CIFAR.map((name) => file(join(data, name))), model }, context);
  return { model, picture: sampleReader(opened.data, 'test', opened.preprocess), count: opened.data.test.count };
}

const SIDE = 96;
const TIMES = 3;

/** No pictures of persons lie there: those of CIFAR-10, three times as large. */
async function mobileNet({ data }: ExportRunOptions): Promise<Subject> {
  const model = await importFile(join(data, 'models/mlperf-tiny/vww_96.h5'));
  const opened = await JOBS.openData({ files: CIFAR.map((name) => file(join(data, name))) }, context);
  const read = sampleReader(opened.data, 'test', 'unit');
  const picture = (index: number): Float32Array => {
    const small = read(index);
    return Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
      const [channel, pixel] = [i % 3, Math.floor(i / 3)];
      const [y, x] = [Math.floor(Math.floor(pixel / SIDE) / TIMES), Math.floor((pixel % SIDE) / TIMES)];
      return small[(y * (SIDE / TIMES) + x) * 3 + channel];
    });
  };
  return { model, picture, count: opened.data.test.count };
}

const NETWORKS = {
  'LeNet (Fashion-MNIST)': lenet,
  'ResNet-8': resnet,
  'MobileNetV1-0.25': mobileNet,
} as const satisfies Record<string, (options: ExportRunOptions) => Promise<Subject>>;

const MIXED: readonly SchemeId[] = ['int8', 'int4', 'ternary', 'binary', 'float32'];
const PLANS: Readonly<Record<string, (graph: Graph) => Plan>> = {
  float32: (graph) => uniformPlan(graph, 'float32'),
  int8: (graph) => uniformPlan(graph, 'int8'),
  int4: (graph) => uniformPlan(graph, 'int4'),
  mixed: (graph) =>
    Object.fromEntries(layersOf(graph).map((layer, i) => [layer.id, { scheme: SCHEMES[MIXED[i % MIXED.length]].refusal(layerFacts(graph, layer)) === null ? MIXED[i % MIXED.length] : 'int8' }])),
  'xnor in the middle': (graph) => uniformPlan(graph, 'xnor'),
};

export interface ExportRow {
  readonly title: string;
  /** Why it was not written or not proved, or null. */
  readonly left: string | null;
  readonly equal: boolean;
  readonly answers: number;
  readonly ties: number;
  readonly samples: number;
  /** Root mean square of what differs in the layer that deviates most, as a share. */
  readonly deviation: number;
  readonly layersEqual: number;
  readonly layers: number;
  readonly bytes: number;
  readonly packedBytes: number;
  /** Of a target that a microcontroller runs by itself. */
  readonly device: DeviceUse | null;
}

const percent = (share: number): string => (share === 0 ? '0' : `${(100 * share).toPrecision(2)} %`);

export function rowText(row: ExportRow): string {
  const { title, left, equal, answers, ties, samples, deviation, layersEqual, layers, bytes, packedBytes, device } = row;
  const memory = device === null ? '' : `; flash ${device.codeBytes + device.constantBytes}, RAM ${device.ramBytes}`;
  if (left !== null) return `| ${title} | – | | | | | | ${left} |`;
  return `| ${title} | ${answers} of ${samples} | ${ties} | ${layersEqual} of ${layers} | ${percent(deviation)} | ${bytes}${memory} | ${(bytes / packedBytes).toFixed(2)} | ${equal ? 'equal' : 'NOT EQUAL'} |`;
}

export const TABLE_HEAD = '| network, plan, target | answers equal | ties | layers to the bit | largest deviation | bytes | of the packed file | proof |\n|---|---|---|---|---|---|---|---|';

async function prove(target: ExporterId, title: string, { picture }: Subject, program: ReturnType<typeof deploy>, samples: number, packedBytes: number): Promise<ExportRow> {
  const none = { title, equal: false, answers: 0, ties: 0, samples, deviation: 0, layersEqual: 0, layers: 0, bytes: 0, packedBytes, device: null };
  const { reader, supports, device } = exporterOf(target, null);
  const machine = fullMachine();
  const missing = reader.kind === 'runtime' ? reader.missing(machine) : null;
  if (missing !== null) return { ...none, left: missing };
  const refused = (await supports(program)).find(({ severity }) => severity === 'refused');
  if (refused) return { ...none, left: refused.message };
  const { proof, weightBytes } = await exportProgram(program, { target, name: 'network', data: null, preprocess: 'raw', proofSamples: samples, samples: picture }, context, machine);
  return {
    ...none,
    left: null,
    equal: proof.equal,
    answers: proof.answersEqual,
    ties: proof.ties,
    deviation: proof.rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0),
    layersEqual: proof.rows.filter(({ differences, deviation = 0 }) => differences === 0 && deviation === 0).length,
    layers: proof.rows.length,
    bytes: weightBytes,
    device: (await device?.(program)) ?? null,
  };
}

/** Targets that write the program and nothing else: what the others tell beside it is not of these networks. */
const TARGETS_ALONE = (Object.keys(TARGETS) as ExporterId[]).filter((target) => typeof EXPORTERS[target] !== 'function');

/** Every network in every plan for each of these targets, written and proved. */
export async function runExports(options: ExportRunOptions, onRow: (row: ExportRow) => void): Promise<void> {
  if (!existsSync(options.data)) throw new StudioError('The folder of real networks and data is absent.', { where: options.data, next: 'Name it in BITWRIGHT_DATA.' });
  for (const [network, open] of Object.entries(NETWORKS)) {
    const wanted = Object.keys(PLANS).flatMap((plan) => TARGETS_ALONE.map((target) => ({ plan, target, title: `${network}, ${plan}, ${target}` }))).filter(({ title }) => title.includes(options.only));
    if (wanted.length === 0 || (open === lenet && options.lenet === null)) continue;
    const subject = await open(options);
    const { model, picture, count } = subject;
    const calibration = await calibrate(model, watchFloat(model), picture, Math.min(CALIBRATION_PICTURES, count), { observer: 'mse' });
    for (const plan of new Set(wanted.map((one) => one.plan))) {
      const program = deploy({ model, plan: PLANS[plan](model.graph), calibration });
      const packedBytes = (await EXPORTERS.bitw.write(program, 'network'))[0].bytes.length;
      for (const { target, title } of wanted.filter((one) => one.plan === plan)) onRow(await prove(target, title, subject, program, Math.min(options.samples, count), packedBytes));
    }
  }
}
