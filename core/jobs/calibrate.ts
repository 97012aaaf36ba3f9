import { calibrate as observe } from '../quant/calibrate.ts';
import { watchFloat } from '../runtime/watch.ts';
import { calibrationSamples, sampleReader } from './batches.ts';
import type { Jobs } from './contract.ts';

export const calibrate: Jobs['calibrate'] = async ({ model, data, preprocess, samples }, { signal, report }) => {
  const from = calibrationSamples(data);
  const count = Math.min(samples, from.count);
  return observe(model, watchFloat(model), sampleReader(data, from, preprocess), count, {
    observer: 'mse',
    signal,
    report: (done) => report({ done, total: count }),
  });
};
