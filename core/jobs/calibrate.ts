import { checkFits, samplesOf } from '../data/preprocess.ts';
import { calibrate as observe } from '../quant/calibrate.ts';
import { watchFloat } from '../runtime/watch.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { Jobs } from './contract.ts';

export const calibrate: Jobs['calibrate'] = async ({ model, data, preprocess, samples, grids }, { signal, report }) => {
  checkFits(model, data);
  const split = calibrationSplit(data);
  const count = Math.min(samples, samplesOf(data, split).count);
  // In the build that every machine has: screen and command line must find the same ranges to the bit.
  return observe(model, watchFloat(model, 'simd'), sampleReader(data, split, preprocess), count, {
    observer: 'mse',
    grids,
    signal,
    report: (done) => report({ done, total: count }),
  });
};
