import { checkFits, samplesOf } from '../data/preprocess.ts';
import { calibrate as observe } from '../quant/calibrate.ts';
import { watchFloat } from '../runtime/watch.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { Jobs } from './contract.ts';

export const calibrate: Jobs['calibrate'] = async ({ model, data, preprocess, samples, grids }, { signal, report }) => {
  checkFits(model, data);
  const split = calibrationSplit(data);
  const count = Math.min(samples, samplesOf(data, split).count);
  return observe(model, watchFloat(model), sampleReader(data, split, preprocess), count, {
    observer: 'mse',
    grids,
    signal,
    report: (done) => report({ done, total: count }),
  });
};
