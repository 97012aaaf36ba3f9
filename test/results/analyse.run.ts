import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { choosePlan } from '../../core/analysis/search/choose.ts';
import { lettersOf } from '../../electron/cli/search-text.ts';
import { packedSize } from '../../core/analysis/size.ts';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import type { Model } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { CALIBRATION_SAMPLES } from '../../core/quant/calibration.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { decodeMessage } from '../../core/rpc/codec.ts';
import { deployOnce } from '../../core/runtime/deploy.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { fillBatch, sampleSize } from '../../core/data/preprocess.ts';
import type { Plan } from '../../core/schemes/scheme.ts';

/** npm run results:analyse: what the sensitivities and the solver are worth on ResNet-8 and on LeNet, into artefacts/analyse.md. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = resolve(root, process.env.BITWRIGHT_DATA ?? '../shared/data');
const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(join(folder, path))) });
const context = { signal: new AbortController().signal, report: () => {} };
const PROBES = 200;
const ROUNDS = 3;
/** Test images of the brute force over all cells. */
const BRUTE_IMAGES = 1000;

const ranks = (values: readonly number[]): readonly number[] => {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[i]!]) end++;
    for (let k = i; k <= end; k++) result[order[k]!] = (i + end) / 2;
    i = end + 1;
  }
  return result;
};

/** Rank correlation (Spearman 1904), ties at their mean rank. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  const sum = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0);
  return sum((i) => (x[i]! - mean) * (y[i]! - mean)) / Math.sqrt(sum((i) => (x[i]! - mean) ** 2) * sum((i) => (y[i]! - mean) ** 2));
}

interface Analysed {
  readonly title: string;
  /** Null: a file is absent. */
  open(): Promise<{ readonly model: Model; readonly data: DataSet; readonly preprocess: PreprocessId } | null>;
}

/** The network that `npm run results -- --only int8-lenet --seeds 1` trains and keeps. */
const LENET = join(root, 'artefacts/results/lenet-fashion-1.model');

const NETWORKS: readonly Analysed[] = [
  {
    title: 'ResNet-8, CIFAR-10',
    open: async () => {
      const { model } = await JOBS.importModel({ files: [file('models/mlperf-tiny/pretrainedResnet.h5')] }, context);
      const images = ['data_batch_1.bin', 'test_batch_5000.bin', 'batches.meta.txt'].map((name) => file(`cifar10-jpeg/${name}`));
      const { data, preprocess } = await JOBS.openData({ files: images, model }, context);
      return { model, data, preprocess };
    },
  },
  {
    title: 'LeNet, Fashion-MNIST',
    open: async () => {
      if (!existsSync(LENET)) return null;
      const images = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'].map((name) => file(`fashion-mnist/${name}`));
      const { data } = await JOBS.openData({ files: images }, context);
      return { model: decodeMessage(new Uint8Array(readFileSync(LENET))) as Model, data, preprocess: 'unit' };
    },
  },
];

const lines: string[] = [];
const print = (line: string): void => {
  lines.push(line);
  process.stdout.write(`${line}\n`);
};

test.skipIf(!existsSync(folder)).each(NETWORKS)('sensitivities and plans of $title', { timeout: 3_600_000 }, async ({ title, open }) => {
  const opened = await open();
  if (!opened) return print(`${title}: left out, ${LENET} is absent.`);
  const { model, data, preprocess } = opened;
  const calibration = await JOBS.calibrate({ model, data, preprocess, samples: CALIBRATION_SAMPLES }, context);
  const started = performance.now();
  const cells = await JOBS.sensitivity({ model, calibration, data, preprocess, samples: PROBES }, context);
  print(`\n${title} (${data.test.count} test images): ${cells.length} cells on ${PROBES} training images in ${((performance.now() - started) / 1000).toFixed(1)} s`);

  const evaluate = (plan: Plan, limit = data.test.count) => JOBS.evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess, offset: 0, limit }, context);
  const lossOf = (plan: Plan): number => {
    const runtime = createRuntime(deployOnce({ model, plan, calibration }), createEngine({ variant: 'wasm' }), { keep: 'outputs' });
    const sample = new Float32Array(sampleSize(data));
    let loss = 0;
    for (let i = 0; i < BRUTE_IMAGES; i++) {
      fillBatch(sample, data, 'test', [i], preprocess);
      runtime.run(sample);
      const { logits } = runtime;
      const top = Math.max(...logits);
      loss += top + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0)) - logits[data.test.labels![i]!]!;
    }
    return loss / BRUTE_IMAGES;
  };
  const float = lossOf({});
  const brute = cells.map(({ layer, scheme }) => lossOf({ [layer]: { scheme } }) - float);
  const correlation = spearman(cells.map(({ divergence }) => divergence), brute);
  print(`Spearman of the cells' KL against the loss change of whole deployments on ${BRUTE_IMAGES} test images, all ${cells.length} cells: ${correlation.toFixed(3)}`);
  for (const scheme of ['int4', 'ternary', 'binary', 'xnor'] as const) {
    const own = cells.flatMap((cell, i) => (cell.scheme === scheme ? [i] : []));
    print(`  ${scheme}, ${own.length} layers: ${spearman(own.map((i) => cells[i]!.divergence), own.map((i) => brute[i]!)).toFixed(3)}`);
  }

  print('\n| budget | uniform plan | solver’s plan | taken, gain in points | refined, gain in points | layers |\n|---|---|---|---|---|---|');
  const [gains, refinedGains]: [number[], number[]] = [[], []];
  for (const scheme of ['binary', 'ternary', 'int4'] as const) {
    const plan = uniformPlan(model.graph, scheme);
    const bytes = packedSize(model.graph, plan).totalBytes;
    const { best } = await JOBS.searchPlans({ graph: model.graph, locked: {}, cells, costs: null, budgets: { bytes }, over: 'bytes', points: 2, tied: false }, context);
    // As search and the screen do: uniform plans are measured too, and the nearest to the float network is taken.
    const points = [];
    for (const candidate of [{ ...best!, measured: await evaluate(best!.plan) }, { ...best!, plan, bytes, measured: await evaluate(plan) }]) points.push(candidate);
    const uniform = points[1]!.measured;
    const solved = points[0]!.measured;
    const taken = choosePlan(points, { bytes })!;
    const { plan: refined } = await JOBS.refinePlan({ model, calibration, data, preprocess, samples: PROBES, plan: taken.plan, locked: {}, costs: null, budgets: { bytes }, tied: false, rounds: ROUNDS }, context);
    const refinedSize = packedSize(model.graph, refined).totalBytes;
    expect(refinedSize).toBeLessThanOrEqual(bytes);
    const after = await evaluate(refined);
    const percent = ({ accuracy }: { accuracy: number }): string => `${(100 * accuracy).toFixed(2)} %`;
    const gain = 100 * (taken.measured.accuracy - uniform.accuracy);
    gains.push(gain);
    const last = choosePlan([...points, { ...best!, plan: refined, bytes: refinedSize, measured: after }], { bytes })!;
    refinedGains.push(100 * (last.measured.accuracy - uniform.accuracy));
    print(`| ${bytes} B | ${scheme} ${percent(uniform)} | ${best!.bytes} B ${percent(solved)} | ${taken === points[0] ? 'solver’s' : 'uniform'}, ${gain.toFixed(2)} | ${refinedSize} B ${percent(after)}, ${refinedGains.at(-1)!.toFixed(2)} | ${lettersOf(model.graph, best!.plan)} → ${lettersOf(model.graph, refined)} |`);
  }
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = meanOf(gains);
  print(`\nMean of the three budgets: ${mean.toFixed(2)} points; refined ${meanOf(refinedGains).toFixed(2)}. Required 0.5: ${mean >= 0.5 ? 'reached' : 'missed'}.`);
  mkdirSync(dirname(join(root, 'artefacts/analyse.md')), { recursive: true });
  writeFileSync(join(root, 'artefacts/analyse.md'), `${lines.join('\n')}\n`);
  expect(correlation).toBeGreaterThanOrEqual(0.8);
});
