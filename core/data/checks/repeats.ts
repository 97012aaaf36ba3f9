import { sampleSize } from '../preprocess.ts';
import { counted, type DataCheck } from './check.ts';
import { createSampleIndex } from './sample-index.ts';

/** Samples that are there twice, above all with different labels. */
export const repeats: DataCheck = {
  name: 'Repeated samples',
  async run({ data }, breathe) {
    const parts: string[] = [];
    let contradictions = 0;
    for (const [name, half] of [['training', data.train], ['test', data.test]] as const) {
      if (!half) continue;
      const index = createSampleIndex(sampleSize(data));
      let repeated = 0;
      for (let sample = 0; sample < half.count; sample++) {
        const first = index.add(half.images, sample);
        if (first !== null) repeated++;
        if (first !== null && half.labels && half.labels[first] !== half.labels[sample]) contradictions++;
        await breathe();
      }
      if (repeated > 0) parts.push(`${repeated} of ${half.count} ${name} samples repeat another one`);
    }
    if (parts.length === 0) return { tone: 'good', text: 'No sample is there twice.' };
    if (contradictions > 0) return { tone: 'bad', text: `${parts.join(', ')}; ${counted(contradictions, 'repetition has', 'repetitions have')} another label, so one of the two is wrong.` };
    return { tone: 'warn', text: `${parts.join(', ')}.` };
  },
};
