import { sampleSize } from '../preprocess.ts';
import type { DataCheck } from './check.ts';
import { createSampleIndex } from './sample-index.ts';

/** Test samples that are trained on as well: accuracy would count what was learnt by heart. */
export const leakage: DataCheck = {
  name: 'Training samples among the test samples',
  async run({ data }, breathe) {
    const { train, test } = data;
    if (!train) return null;
    const index = createSampleIndex(sampleSize(data));
    for (let sample = 0; sample < test.count; sample++) {
      index.add(test.images, sample);
      await breathe();
    }
    const leaked = new Set<number>();
    for (let sample = 0; sample < train.count; sample++) {
      const found = index.find(train.images, sample);
      if (found !== null) leaked.add(found);
      await breathe();
    }
    if (leaked.size === 0) return { tone: 'good', text: `None of the ${test.count} test samples is among the ${train.count} training samples, to the bit.` };
    return { tone: 'bad', text: `${leaked.size} of ${test.count} test samples are training samples too: accuracy after training counts what was learnt by heart.` };
  },
};
