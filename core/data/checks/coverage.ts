import type { Samples } from '../data-set.ts';
import { shortList, type DataCheck } from './check.ts';

/** From how many times as many samples on one class outweighs another. */
const UNEVEN = 10;

/** Classes that have no samples, and how even the others are. */
export const coverage: DataCheck = {
  name: 'Classes',
  async run({ data: { classes, train, test } }) {
    if (!test.labels) return { tone: 'warn', text: 'The samples have no labels: agreement with the float network takes the place of accuracy.' };
    const halves = [['test', test] as const, ...(train?.labels ? [['training', train] as const] : [])].map(([name, half]) => ({ name, counts: countsOf(half, classes.length) }));
    for (const { name, counts } of halves) {
      const missing = classes.filter((_, label) => counts[label] === 0);
      if (missing.length > 0) return { tone: 'warn', text: `The ${name} samples have none of ${shortList(missing)}: ${classes.length - missing.length} of ${classes.length} classes are covered.` };
    }
    for (const { name, counts } of halves) {
      const [least, most] = [Math.min(...counts), Math.max(...counts)];
      if (most >= least * UNEVEN) {
        return { tone: 'warn', text: `The ${name} samples are uneven: ${most} of ${classes[counts.indexOf(most)]}, ${least} of ${classes[counts.indexOf(least)]}. Accuracy says most about the large classes.` };
      }
    }
    const [{ counts }] = halves;
    return { tone: 'good', text: `All ${classes.length} classes are covered, with ${Math.min(...counts)} to ${Math.max(...counts)} test samples each.` };
  },
};

function countsOf({ labels }: Samples, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels ?? []) counts[label]++;
  return counts;
}
