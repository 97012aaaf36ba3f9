import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { fillBatch, sampleSize, samplesOf, type SplitName } from '../data/preprocess.ts';

/** What calibration sees: training images where there are any, else the first test images. */
export function calibrationSplit(data: DataSet): SplitName {
  return data.train ? 'train' : 'test';
}

/** One preprocessed sample at a time, into a buffer that is used again. */
export function sampleReader(data: DataSet, split: SplitName, preprocess: PreprocessId): (index: number) => Float32Array {
  const target = new Float32Array(sampleSize(data));
  const indices = new Int32Array(1);
  samplesOf(data, split);
  return (index) => {
    indices[0] = index;
    fillBatch(target, data, split, indices, preprocess);
    return target;
  };
}

