import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import { floatBytes, packedSize } from '../../core/analysis/size.ts';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import type { Model } from '../../core/graph/graph.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { CALIBRATION_SAMPLES, type Calibration } from '../../core/quant/calibration.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { RECIPE_FIELDS } from '../../core/train/recipe.ts';

/** npm run results:calibration: accuracies after calibration, and the sample fine-tuned, into artefacts/calibration.md. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, 'artefacts/calibration.md');
const print = (line: string): void => {
  appendFileSync(target, `${line}\n`);
  process.stdout.write(`${line}\n`);
};

interface Subject {
  readonly model: Model;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
}

const context = { signal: new AbortController().signal, report: () => {} };
const environment = { tfjsWasmPath: join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/') };
const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(path)) });
const percent = ({ accuracy, interval, correct, count }: Evaluation): string =>
  `${(accuracy * 100).toFixed(2)} % (${correct} of ${count}; ${(interval.low * 100).toFixed(1)}–${(interval.high * 100).toFixed(1)})`;

async function calibratedOnly(name: string, { model, data, preprocess }: Subject): Promise<Calibration> {
  print(`\n### ${name}, after calibration alone\n\n| middle layers | bytes | smaller | test accuracy, 95 % interval | KL to float, nats |\n|---|---|---|---|---|`);
  const calibration = await JOBS.calibrate({ model, data, preprocess, samples: CALIBRATION_SAMPLES }, context);
  for (const scheme of SCHEME_IDS) {
    const plan = uniformPlan(model.graph, scheme);
    const evaluation = await JOBS.evaluate({ state: { model, plan, calibration }, reference: model, data, preprocess, offset: 0, limit: data.test.count }, context);
    const { totalBytes } = packedSize(model.graph, plan);
    print(`| ${scheme} | ${totalBytes} | ${(floatBytes(model.graph) / totalBytes).toFixed(1)}× | ${percent(evaluation)} | ${evaluation.divergence.toFixed(4)} |`);
  }
  return calibration;
}

async function fineTuned({ model, data, preprocess }: Subject, calibration: Calibration, schemes: readonly SchemeId[], seeds: readonly number[]): Promise<void> {
  print('\n| middle layers | seed | test accuracy after the default recipe | simulated, held out | deployed, held out | seconds |\n|---|---|---|---|---|---|');
  for (const scheme of schemes) {
    for (const seed of seeds) {
      const state = { model, plan: uniformPlan(model.graph, scheme), calibration };
      const started = performance.now();
      const { state: trained, simulatedAccuracy, deployed } = await JOBS.train({ state, teacher: model, data, preprocess, recipe: initialValues(RECIPE_FIELDS), seed, environment }, context);
      const seconds = (performance.now() - started) / 1000;
      const test = await JOBS.evaluate({ state: trained, data, preprocess, offset: 0, limit: data.test.count }, context);
      print(`| ${scheme} | ${seed} | ${percent(test)} | ${(simulatedAccuracy * 100).toFixed(2)} % | ${(deployed.accuracy * 100).toFixed(2)} % | ${seconds.toFixed(0)} |`);
    }
  }
}

test('results', { timeout: 3_600_000 }, async () => {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, '');
  const { imported, data, preprocess } = await JOBS.openSample({ archive: file(join(root, 'core/data/sample/digits-cnn.bitmodel')).bytes }, context);
  const sample = { model: imported.model, data, preprocess };
  const calibration = await calibratedOnly('Sample digits', sample);
  await fineTuned(sample, calibration, ['ternary', 'binary', 'xnor'], [1, 2]);

  const folder = resolve(root, process.env.BITWRIGHT_DATA ?? '../shared/data');
  const images = ['lossless_test_ic01_200.bin', 'lossless_train_first4000.bin'].map((name) => join(folder, 'cifar10-jpeg', name));
  for (const [name, path] of [['ResNet-8, CIFAR-10', 'models/mlperf-tiny/pretrainedResnet.h5'], ['ResNet-20, CIFAR-10', 'models/cifar10/resnet20_cifar10_converted.onnx']]) {
    if (!existsSync(join(folder, path)) || !images.every(existsSync)) {
      print(`\nSkipped: ${name} (${join(folder, path)} is absent).`);
      continue;
    }
    const { model } = await JOBS.importModel({ files: [file(join(folder, path))] }, context);
    await calibratedOnly(name, { model, ...(await JOBS.openData({ files: images.map(file), model }, context)) });
  }
  const mnist = join(folder, 'models/mnist/mnist-8.onnx');
  if (existsSync(mnist)) {
    const { model } = await JOBS.importModel({ files: [file(mnist)] }, context);
    const digits = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'].map((name) => file(join(folder, 'mnist', name)));
    const opened = await JOBS.openData({ files: digits, model }, context);
    const float = await JOBS.evaluate({ state: { model, plan: {}, calibration: NO_CALIBRATION }, data: opened.data, preprocess: 'raw', offset: 0, limit: 10_000 }, context);
    print(`\nmnist-8, float32, pixels 0–255: ${percent(float)}`);
  }
});
