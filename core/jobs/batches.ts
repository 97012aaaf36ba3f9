import type { DataSet, PreprocessId, Samples } from '../data/data-set.ts';
import { fillBatch } from '../data/preprocess.ts';
import { elementCount } from '../graph/graph.ts';

/** The samples that calibration sees: training images where there are any, else the first test images. */
export function calibrationSamples(data: DataSet): Samples {
  return data.train ?? data.test;
}

/** One preprocessed sample at a time, into a buffer that is used again. */
export function sampleReader(data: DataSet, samples: Samples, preprocess: PreprocessId): (index: number) => Float32Array {
  const target = new Float32Array(elementCount(data.shape));
  const indices = new Int32Array(1);
  return (index) => {
    indices[0] = index;
    fillBatch(target, data, samples, indices, preprocess);
    return target;
  };
}
