import type { DataSet, PreprocessId } from '../../../core/data/data-set.ts';
import { fillBatch, sampleSize } from '../../../core/data/preprocess.ts';

/** This runs on the page's thread: few milliseconds, however large a sample is. */
const MOST_SAMPLES = 32;
const MOST_NUMBERS = 100_000;

/** Smallest and largest number that the network gets of the first test samples. */
export function inputRange(data: DataSet, preprocess: PreprocessId): { readonly low: number; readonly high: number } {
  const size = sampleSize(data);
  const count = Math.min(data.test.count, Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_NUMBERS / size))));
  const values = new Float32Array(count * size);
  fillBatch(values, data, 'test', Array.from({ length: count }, (_, i) => i), preprocess);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
