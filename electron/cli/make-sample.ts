import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleDataSet, SAMPLE_SEED } from '../../core/data/sample/digits.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { writeModelArchive } from '../../core/project/archive.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { SAMPLE_PREPROCESS, SAMPLE_TRAINING, trainSample } from '../../core/train/make-sample.ts';
import { TFJS_WASM_FOLDER } from './places.ts';

// npm run make:sample — draws the sample's digits, trains its network and writes it where the builds take it from.
const target = join('core', 'data', 'sample', 'digits-cnn.bitmodel');
const data = sampleDataSet();
const model = await trainSample(data, TFJS_WASM_FOLDER, ({ epoch, epochs, step, steps, loss, validationAccuracy }) => {
  if (validationAccuracy !== undefined) console.log(`epoch ${epoch} of ${epochs}, step ${step} of ${steps}: loss ${loss.toFixed(4)}, held-out accuracy ${(validationAccuracy * 100).toFixed(2)} %`);
});
const state = { model, plan: {}, calibration: NO_CALIBRATION };
const { accuracy, count } = await JOBS.evaluate({ state, data, preprocess: SAMPLE_PREPROCESS, offset: 0, limit: data.test.count }, { signal: new AbortController().signal, report: () => {} });
const bytes = writeModelArchive(model, { preprocess: SAMPLE_PREPROCESS, data: data.name, dataSeed: SAMPLE_SEED, training: SAMPLE_TRAINING, testAccuracy: accuracy, testSamples: count });
writeFileSync(target, bytes);
console.log(`${target}: ${bytes.length} bytes, ${(accuracy * 100).toFixed(2)} % of ${count} test digits`);
process.exit(0);
