import type { DataSet, PreprocessId } from '../../../core/data/data-set.ts';
import { fillBatch, sampleSize } from '../../../core/data/preprocess.ts';

const LOOKED_AT = 32;

/** Smallest and largest number that the network gets of the first test samples. */
export function inputRange(data: DataSet, preprocess: PreprocessId): { readonly low: number; readonly high: number } {
  const count = Math.min(LOOKED_AT, data.test.count);
  const values = new Float32Array(count * sampleSize(data));
  fillBatch(values, data, 'test', Array.from({ length: count }, (_, i) => i), preprocess);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
