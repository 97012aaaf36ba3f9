// Whole networks at every precision, each beside its float32 version in interleaved rounds: `node test/bench/networks.bench.mjs`.
// The sample network always; real ones where ../shared/data (or $BITWRIGHT_DATA) has them. Only time is measured here.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const ROUNDS = 25;
const CALIBRATION_SAMPLES = 64;
const root = fileURLToPath(new URL('../../', import.meta.url));
// Runs the TypeScript sources in Node; nothing is served.
const server = await createServer({ root, configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, watch: null, ws: false }, optimizeDeps: { noDiscovery: true } });
const load = (path) => server.ssrLoadModule(`/${path}`);
const { JOBS } = await load('core/jobs/index.ts');
const { planUniformly } = await load('core/analysis/plans.ts');
const { SCHEME_IDS } = await load('core/schemes/index.ts');

const context = { signal: new AbortController().signal, report: () => {} };
const read = (path) => ({ name: path, bytes: new Uint8Array(readFileSync(path)) });

async function networks() {
  const found = [];
  const sample = join(root, 'core/data/sample/digits-cnn.bitmodel');
  if (existsSync(sample)) {
    const { imported, data, preprocess } = await JOBS.openSample({ archive: read(sample).bytes, trainCount: CALIBRATION_SAMPLES, testCount: 10 }, context);
    found.push({ name: 'sample digits', model: imported.model, data, preprocess });
  }
  const folder = resolve(root, process.env.BITWRIGHT_DATA ?? '../shared/data');
  const images = join(folder, 'cifar10-jpeg/lossless_test_ic01_200.bin');
  for (const [name, file, preprocess] of [['ResNet-8', 'models/mlperf-tiny/pretrainedResnet.h5', 'raw'], ['ResNet-20', 'models/cifar10/resnet20_cifar10_converted.onnx', 'imagenet']]) {
    const path = join(folder, file);
    if (!existsSync(path) || !existsSync(images)) {
      console.log(`Skipped: ${name} (${path} is absent).`);
      continue;
    }
    const { model } = await JOBS.importModel({ files: [read(path)] }, context);
    const { data } = await JOBS.openData({ files: [read(images)] }, context);
    found.push({ name, model, data, preprocess });
  }
  return found;
}

for (const { name, model, data, preprocess } of await networks()) {
  const calibration = await JOBS.calibrate({ model, data, preprocess, samples: CALIBRATION_SAMPLES }, context);
  console.log(`\n${name}`);
  for (const scheme of SCHEME_IDS.filter((id) => id !== 'float32')) {
    const { plan } = planUniformly(model.graph, scheme);
    const speed = await JOBS.measureSpeed({ state: { model, plan, calibration }, reference: model, rounds: ROUNDS }, context);
    const { median, lowerQuartile, upperQuartile } = speed.ratio;
    console.log(
      `  ${scheme.padEnd(8)} ${speed.milliseconds.toFixed(3).padStart(8)} ms   float32 ${speed.floatMilliseconds.toFixed(3).padStart(8)} ms   ${median.toFixed(2)}× (${lowerQuartile.toFixed(2)} to ${upperQuartile.toFixed(2)})   ${speed.environment}`,
    );
  }
}
await server.close();
