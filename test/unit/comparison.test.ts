import { describe, expect, it } from 'vitest';
import {
  confusionDifference,
  confusionMatrix,
  findFlips,
  largestChanges,
  pairedDifference,
  paretoFront,
  planRows,
} from '../../core/analysis/comparison.ts';

import type { Plan } from '../../core/schemes/scheme.ts';
import { SCHEMES } from '../../core/schemes/index.ts';

/** Park–Miller, so that the test does not lean on the code base's own generator. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('confusion', () => {
  const labels = Int32Array.from([0, 0, 1, 1, 2, 2]);
  const before = Int32Array.from([0, 0, 1, 1, 2, 0]);
  const after = Int32Array.from([0, 1, 1, 1, 0, 2]);

  it('counts every sample once, in the row of its true class', () => {
    const matrix = confusionMatrix(labels, before, 3);
    expect([...matrix.counts]).toEqual([2, 0, 0, 0, 2, 0, 1, 0, 1]);
  });
  it('differs by after minus before, and every row of the difference sums to zero', () => {
    const difference = confusionDifference(confusionMatrix(labels, before, 3), confusionMatrix(labels, after, 3));
    expect([...difference.counts]).toEqual([-1, 1, 0, 0, 0, 0, 0, 0, 0]);
    for (let row = 0; row < 3; row++) expect(difference.counts.slice(row * 3, row * 3 + 3).reduce((a, b) => a + b, 0)).toBe(0);
  });
  it('calls fewer right answers and more mistakes worse', () => {
    const difference = confusionDifference(confusionMatrix(labels, before, 3), confusionMatrix(labels, after, 3));
    expect(largestChanges(difference)).toEqual([
      { truth: 0, answer: 0, change: -1, better: false },
      { truth: 0, answer: 1, change: 1, better: false },
    ]);
  });
  it('refuses answers of another sample count', () => {
    expect(() => confusionMatrix(labels, before.slice(1), 3)).toThrow(/6 and to 5 samples/);
  });
});

describe('flips', () => {
  it('split by what happened to the answer, and account for every sample (seed 7)', () => {
    const draw = random(7);
    const column = () => Int32Array.from({ length: 500 }, () => Math.floor(draw() * 4));
    const [labels, before, after] = [column(), column(), column()];
    const flips = findFlips(labels, before, after);
    const right = (answers: Int32Array) => answers.filter((answer, i) => answer === labels[i]).length;
    expect(flips.wrongToRight.length - flips.rightToWrong.length).toBe(right(after) - right(before));
    expect(flips.rightToWrong.length + flips.wrongToRight.length + flips.wrongToWrong.length + flips.unchanged).toBe(500);
    for (const i of flips.wrongToWrong) expect(new Set([labels[i], before[i], after[i]]).size).toBe(3);
  });
});

describe('paired accuracy difference', () => {
  it('is −2.6 ±1.3 points for 34 lost and 8 won of 1,000', () => {
    const { change, halfWidth } = pairedDifference(34, 8, 1000);
    expect(change).toBeCloseTo(-0.026, 12);
    expect((halfWidth * 100).toFixed(1)).toBe('1.3');
  });
  it('keeps some width when nothing flipped', () => expect(pairedDifference(0, 0, 200).halfWidth).toBeGreaterThan(0.005));
  it('covers the true difference in about 95 % of 2,000 simulated comparisons (seed 11)', () => {
    const draw = random(11);
    let covered = 0;
    for (let round = 0; round < 2000; round++) {
      let lost = 0;
      let won = 0;
      for (let sample = 0; sample < 200; sample++) {
        const value = draw();
        if (value < 0.06) lost++;
        else if (value < 0.1) won++;
      }
      const { change, halfWidth } = pairedDifference(lost, won, 200);
      if (Math.abs(change + 0.02) <= halfWidth) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.935);
    expect(covered / 2000).toBeLessThan(0.985);
  });
});

describe('plans', () => {
  const plans = [
    { a: { scheme: 'int8' }, b: { scheme: 'int4' }, c: { scheme: 'xnor' } },
    { a: { scheme: 'int8' }, b: { scheme: 'int4' }, c: { scheme: 'xnor', options: { padding: SCHEMES.xnor.options['padding'].initial } } },
    { a: { scheme: 'int8' }, b: { scheme: 'ternary' }, c: { scheme: 'xnor', options: { padding: 'plus' } } },
  ] as const satisfies readonly Plan[];

  it('mark the layer and the variant that is not like the others, options included', () => {
    const rows = planRows(['a', 'b', 'c', 'd'], plans);
    expect(rows.map((row) => row.differs)).toEqual([false, true, true, false]);
    expect(rows[1].odd).toEqual([false, false, true]);
    expect(rows[2].odd).toEqual([false, false, true]);
    expect(rows[3].choices.map((choice) => choice.scheme)).toEqual(['float32', 'float32', 'float32']);
  });
  it('mark every cell where no two agree', () => {
    expect(planRows(['b'], [plans[0], plans[2]])[0].odd).toEqual([true, true]);
  });
});

describe('the Pareto front', () => {
  it('holds exactly the points that nothing beats (seed 3)', () => {
    const draw = random(3);
    const points = Array.from({ length: 60 }, () => ({ cost: Math.floor(draw() * 20), value: Math.floor(draw() * 20) }));
    const front = paretoFront(points);
    const beaten = (index: number) =>
      points.some((other) => other.cost <= points[index].cost && other.value >= points[index].value && (other.cost < points[index].cost || other.value > points[index].value));
    points.forEach((point, index) => {
      const twin = points.findIndex((other) => other.cost === point.cost && other.value === point.value) < index;
      expect(front.includes(index)).toBe(!beaten(index) && !twin);
    });
    expect(front.map((index) => points[index].cost)).toEqual(front.map((index) => points[index].cost).toSorted((a, b) => a - b));
  });
});
