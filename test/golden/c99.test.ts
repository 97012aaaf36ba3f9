import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uniformPlan } from '../../core/analysis/plans.ts';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import { layersOf, type Graph, type Model } from '../../core/graph/graph.ts';
import { JOBS, jobsOn } from '../../core/jobs/index.ts';
import { SCHEMES, SCHEME_IDS } from '../../core/schemes/index.ts';
import { layerFacts } from '../../core/schemes/layer-facts.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { COMPILER, machineWith, NO_COMPILER } from '../fixtures/c-compiler.ts';
import { hasRealData, realFile } from '../fixtures/real-data.ts';

/** npm run results:export proves 200 of each. */
const SAMPLES = 24;
const context = { signal: new AbortController().signal, report: () => {} };
const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(realFile(path))) });

/** Opened when first asked for. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opening: Promise<T> | undefined;
  return () => (opening ??= open());
}

/** Every scheme in turn, with one that the layer can take where it cannot take its own. */
function mixedPlan(graph: Graph): Plan {
  return Object.fromEntries(
    layersOf(graph).map((layer, i) => {
      const scheme = SCHEME_IDS[(i + 1) % SCHEME_IDS.length];
      return [layer.id, { scheme: SCHEMES[scheme].refusal(layerFacts(graph, layer)) === null ? scheme : 'int8' }];
    }),
  );
}

const PLANS: Readonly<Record<string, (graph: Graph) => Plan>> = {
  float32: (graph) => uniformPlan(graph, 'float32'),
  int8: (graph) => uniformPlan(graph, 'int8'),
  int4: (graph) => uniformPlan(graph, 'int4'),
  mixed: mixedPlan,
  xnor: (graph) => uniformPlan(graph, 'xnor'),
};

async function calibrated<T extends { readonly model: Model; readonly data: DataSet; readonly preprocess: PreprocessId }>(opened: T) {
  const { model, data, preprocess } = opened;
  return { ...opened, calibration: await JOBS.calibrate({ model, data, preprocess, samples: 256 }, context) };
}

async function resnet() {
  const imported = await JOBS.importModel({ files: [file('models/mlperf-tiny/pretrainedResnet.h5')] }, context);
  const images = ['cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(file);
  return calibrated({ model: imported.model, ...(await JOBS.openData({ files: images, model: imported.model }, context)) });
}

async function sample() {
  const archive = new Uint8Array(readFileSync(join('core', 'data', 'sample', 'digits-cnn.bitmodel')));
  const { imported, data, preprocess } = await JOBS.openSample({ archive, trainCount: 600, testCount: SAMPLES }, context);
  return calibrated({ model: imported.model as Model, data, preprocess });
}

describe.skipIf(COMPILER === null)(`real networks as C99${COMPILER === null ? `: ${NO_COMPILER}` : ''}`, () => {
  const jobs = jobsOn({ threads: 1, spawnThread: null, proof: machineWith(['-Werror', '-O1']) });
  const networks = { 'ResNet-8': once(resnet), 'the sample': once(sample) };
  const cases = (Object.keys(networks) as (keyof typeof networks)[]).flatMap((name) => Object.keys(PLANS).map((plan) => [name, plan] as const));

  test.each(cases.filter(([name]) => name !== 'ResNet-8' || hasRealData))(`%s at %s stores the numbers of the studio and gives its answers on ${SAMPLES} real samples`, { timeout: 120_000 }, async (name, plan) => {
    const { model, data, preprocess, calibration } = await networks[name]();
    const state = { model, plan: PLANS[plan](model.graph), calibration };
    const { proof } = await jobs.exportNetwork({ target: 'c99', state, name: 'network', data, preprocess, proofSamples: SAMPLES }, context);
    expect(proof.rows.filter((row) => row.differences > 0)).toEqual([]);
    expect([proof.answersEqual, proof.samples]).toEqual([SAMPLES, SAMPLES]);
    expect(proof.equal).toBe(true);
  });
});
