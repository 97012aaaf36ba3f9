import { throwIfAborted } from '../base/errors.ts';
import { PREPROCESS, type PreprocessId } from '../data/data-set.ts';
import { checkFits } from '../data/preprocess.ts';
import { sampleDataSet } from '../data/sample/digits.ts';
import { readModelArchive } from '../project/archive.ts';
import type { Jobs } from './contract.ts';
import { describeImport } from './import-model.ts';

const isPreprocess = (value: unknown): value is PreprocessId => typeof value === 'string' && Object.hasOwn(PREPROCESS, value);

/** The shipped network and its drawn data. The archive's meta may say which preprocessing it was trained with; unit if not. */
export const openSample: Jobs['openSample'] = async ({ archive, trainCount, testCount }, { signal, report }) => {
  const total = 3;
  report({ done: 0, total });
  const { model, meta } = readModelArchive(archive, 'The sample network');
  const imported = describeImport({ fileName: 'sample.bitmodel', format: 'Bitwright network', model, folds: [], plan: {}, grids: {} });
  throwIfAborted(signal);
  report({ done: 1, total });
  const data = sampleDataSet({ trainCount, testCount });
  checkFits(model, data);
  report({ done: total, total });
  return { imported, data, preprocess: isPreprocess(meta?.preprocess) ? meta.preprocess : 'unit' };
};
