import { sampleSize } from '../preprocess.ts';
import { counted, shortList, type DataCheck } from './check.ts';

/** Samples in which every number is the same: empty pictures. */
export const constant: DataCheck = {
  name: 'Empty samples',
  async run({ data }, breathe) {
    const size = sampleSize(data);
    if (size < 2) return null;
    const found: string[] = [];
    let total = 0;
    for (const [name, half] of [['training', data.train], ['test', data.test]] as const) {
      if (!half) continue;
      total += half.count;
      for (let sample = 0; sample < half.count; sample++) {
        const from = sample * size;
        let k = 1;
        while (k < size && half.images[from + k] === half.images[from]) k++;
        if (k === size) found.push(`${name} sample ${sample + 1}`);
        await breathe();
      }
    }
    if (found.length === 0) return { tone: 'good', text: 'No sample is of one value throughout.' };
    return { tone: 'warn', text: `${counted(found.length, 'sample')} of ${total} hold one value throughout: ${shortList(found)}.` };
  },
};
