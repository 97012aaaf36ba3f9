import type { DataCheck } from './check.ts';

/** Labels against the answers of the network. */
export const labelRange: DataCheck = {
  name: 'Labels',
  async run({ data: { train, test }, outputs }) {
    let [low, high] = [Infinity, -Infinity];
    for (const half of [train, test]) {
      for (const label of half?.labels ?? []) {
        if (label < low) low = label;
        if (label > high) high = label;
      }
    }
    if (high < low) return null;
    const range = `Labels run from ${low} to ${high}`;
    const fromOne = 'Where classes are counted from 1, every right answer is taken for the class before.';
    if (outputs !== null && high >= outputs) {
      return { tone: 'bad', text: `${range}, but the network answers with ${outputs} numbers, so classes from ${outputs} on are never right.${low > 0 ? ` ${fromOne}` : ''}` };
    }
    if (low > 0) return { tone: 'warn', text: `${range}; none is 0. ${fromOne}` };
    if (outputs !== null && outputs > high + 1) {
      return { tone: 'warn', text: `${range}, and the network answers with ${outputs} numbers: it knows ${outputs - high - 1 === 1 ? 'a class' : 'classes'} that the data lacks.` };
    }
    return { tone: 'good', text: outputs === null ? `${range}.` : `${range}: one for each of the ${outputs} answers of the network.` };
  },
};
