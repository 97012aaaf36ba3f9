import { describe, expect, it } from 'vitest';
import { decimate } from '../../core/base/decimate.ts';
import { formatsFor } from '../../core/base/format.ts';
import { range, type FieldTable } from '../../core/quant/fields.ts';
import { RECIPE_FIELDS } from '../../core/train/recipe.ts';
import type { Evaluation, TrainProgress } from '../../core/jobs/contract.ts';
import { createRecorder, nearest } from '../../renderer/state/training-curves.ts';
import { epochTicks, niceTicks } from '../../renderer/ui/ticks.ts';
import { recipeSections } from '../../renderer/features/train/recipe-sections.ts';
import { readNumber, writeNumber } from '../../renderer/ui/number-input.tsx';
import { epochAt, shownBands } from '../../renderer/features/train/plot.ts';
import { usualFlips } from '../../core/train/verdict.ts';
import { healthRows } from '../../renderer/features/train/health-rows.ts';
import { resultText, runText, runWarnings } from '../../renderer/features/train/view-model.ts';

const english = formatsFor('en');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const REPORT: TrainProgress = {
  step: 0,
  steps: 1000,
  epoch: 1,
  epochs: 10,
  stage: 'Quantised',
  loss: 1,
  learningRate: 1e-3,
  trainAccuracy: 0.5,
  imagesPerSecond: 640,
  secondsLeft: 60,
  layers: [],
  activity: 'training',
  backend: 'tfjs on WebAssembly, 2 threads',
};

describe('decimation', () => {
  it.each([3, 17, 99])('keeps ends and extremes and never more than the limit (seed %d)', (seed) => {
    const draw = random(seed);
    const points = Array.from({ length: 5000 }, (_, x) => ({ x, y: draw() }));
    const kept = decimate(points, 200, (point) => point.y);
    expect(kept.length).toBeLessThanOrEqual(200);
    expect(kept[0]).toBe(points[0]);
    expect(kept.at(-1)).toBe(points.at(-1));
    expect(Math.max(...kept.map((point) => point.y))).toBe(Math.max(...points.map((point) => point.y)));
    expect(Math.min(...kept.map((point) => point.y))).toBe(Math.min(...points.map((point) => point.y)));
    expect(kept.map((point) => point.x)).toEqual(kept.map((point) => point.x).toSorted((a, b) => a - b));
  });
  it('leaves short lists alone', () => {
    const points = [1, 2, 3];
    expect(decimate(points, 10, (point) => point)).toBe(points);
  });
});

describe('the recorder', () => {
  it('stays small however long the run is', () => {
    const recorder = createRecorder();
    for (let step = 0; step < 20_000; step++) recorder.record({ ...REPORT, step, steps: 20_000, loss: Math.sin(step) });
    const curves = recorder.curves();
    expect(curves.loss.length + curves.accuracy.length).toBeLessThanOrEqual(2000);
  });
  it('smooths towards the mean without a bias at the start', () => {
    const recorder = createRecorder();
    for (let step = 0; step < 50; step++) recorder.record({ ...REPORT, step, loss: 2 });
    for (const point of recorder.curves().loss) expect(point.smoothed).toBeCloseTo(2, 9);
  });
  it('turns stages into bands that touch, and checks of epochs into points', () => {
    const recorder = createRecorder();
    for (let step = 1; step <= 1000; step++) {
      recorder.record({ ...REPORT, step, stage: step <= 100 ? 'Soft inputs' : 'One-bit inputs', ...(step % 500 === 0 ? { validationAccuracy: step / 2000, epoch: step / 100 } : {}) });
    }
    const { stages, accuracy, bestValidation } = recorder.curves();
    expect(stages).toEqual([
      { stage: 'Soft inputs', from: 0, to: 1 },
      { stage: 'One-bit inputs', from: 1, to: 10 },
    ]);
    expect(accuracy.filter((point) => point.validation !== null)).toEqual([
      { epoch: 5, validation: 25, training: null },
      { epoch: 10, validation: 50, training: null },
    ]);
    expect(bestValidation).toEqual({ epoch: 10, share: 0.5 });
    expect(shownBands(stages, 10).map((band) => [band.tinted, band.room])).toEqual([[false, 1], [true, 10]]);
  });
  it('keeps a trend of flips only for layers with codes', () => {
    const recorder = createRecorder();
    for (let step = 0; step < 100; step++) {
      recorder.record({ ...REPORT, step, layers: [{ layer: 'a', flipRatio: 1 / (step + 1), scaleDrift: 0, sqnr: 5 }, { layer: 'b', flipRatio: null, scaleDrift: 0, sqnr: 5 }] });
    }
    const { a, b } = recorder.curves().trends;
    expect([b.flips.length, b.sqnr.length]).toEqual([0, 18]);
    expect(a.flips.length).toBeLessThanOrEqual(18);
    expect(a.flips).toEqual(a.flips.toSorted((first, second) => second - first));
  });
});

describe('a run that was taken up again', () => {
  const entry = (step: number, changes?: readonly string[]) => ({ step, loss: 2, trainAccuracy: 0.5, learningRate: 1e-3, stage: 'Quantised', validationAccuracy: step % 100 === 0 ? step / 1000 : null, ...(changes ? { changes } : {}) });

  it('shows its curve from the beginning, and where it was changed', () => {
    const recorder = createRecorder();
    recorder.record({ ...REPORT, step: 900 });
    recorder.record({ ...REPORT, step: 300, history: [entry(50), entry(100), entry(200, ['Learning rate 0.003 → 0.001']), entry(300)] });
    recorder.record({ ...REPORT, step: 350 });
    const { loss, marks, accuracy, bestValidation } = recorder.curves();
    expect(loss.map(({ epoch }) => epoch)).toEqual([0.5, 1, 2, 3, 3.5]);
    expect(marks).toEqual([{ epoch: 2, changes: ['Learning rate 0.003 → 0.001'] }]);
    expect(accuracy.filter((point) => point.validation !== null).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(bestValidation).toEqual({ epoch: 3, share: 0.3 });
  });
});

describe('warnings of a run', () => {
  const curvesOf = (losses: readonly number[], validations: readonly number[] = []) => {
    const recorder = createRecorder();
    losses.forEach((loss, i) => recorder.record({ ...REPORT, step: (i + 1) * (validations.length > 0 ? 100 : 10), loss, ...(validations[i] === undefined ? {} : { validationAccuracy: validations[i] }) }));
    return recorder.curves();
  };
  it('say when the loss rises, from where to where, and what helps', () => {
    const rising = curvesOf(Array.from({ length: 60 }, (_, i) => (i < 30 ? 2 - i / 20 : 0.5 + (i - 30) / 30)));
    expect(plain(runWarnings(rising, english)[0])).toMatch(/^The loss has risen from 0\.\d+ at epoch 3\.\d to 1\.\d+: pause, and go on with a lower learning rate\.$/);
    expect(runWarnings(curvesOf(Array.from({ length: 60 }, (_, i) => 2 - i / 40)), english)).toEqual([]);
    expect(runWarnings(curvesOf([1, 5, 9]), english)).toEqual([]);
  });
  it('say when validation fell well below its best', () => {
    expect(plain(runWarnings(curvesOf([1, 1, 1], [0.8, 0.9, 0.82]), english)[0])).toContain('8.0 pt below its best at epoch 2');
    expect(runWarnings(curvesOf([1, 1, 1], [0.8, 0.9, 0.89]), english)).toEqual([]);
  });
});

describe('axes', () => {
  it.each([
    [0.36, 0.97, [0.2, 0.4, 0.6, 0.8, 1]],
    [82.9, 87.2, [82, 84, 86, 88]],
    [0, 0, [-0.1, -0.05, 0, 0.05, 0.1]],
    [99.99999999999999, 100, [90, 95, 100, 105, 110]],
  ])('from %d to %d have round ticks around the data', (low, high, ticks) => expect(niceTicks(low, high)).toEqual(ticks));
  it.each([
    [12, [0, 2, 4, 6, 8, 10, 12]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [50, [0, 10, 20, 30, 40, 50]],
  ])('of %d epochs count whole epochs', (epochs, ticks) => expect(epochTicks(epochs)).toEqual(ticks));
  it('find the point under the cross-hair', () => {
    expect(epochAt(38, 552, 10)).toBe(0);
    expect(epochAt(10_000, 552, 10)).toBe(10);
    expect(nearest([{ epoch: 1 }, { epoch: 4 }], 2.4)).toEqual({ epoch: 1 });
    expect(nearest([], 1)).toBeNull();
  });
});

describe('layer health', () => {
  const layers = [
    { layer: 'a', scheme: 'xnor' },
    { layer: 'b', scheme: 'int8' },
    { layer: 'c', scheme: 'float32' },
    { layer: 'd', scheme: 'binary' },
  ] as const;
  const trend = (flips: readonly number[]) => ({ flips, drift: [], sqnr: [] });
  const rows = (reports: TrainProgress['layers'], step = 900) => healthRows({ ...REPORT, step, layers: reports }, layers, { a: trend([0.1]), b: trend([0.1]) }, english);

  it('warns of signs that flip more than is usual so late, never of codes with many levels', () => {
    const [a, b, c] = rows([
      { layer: 'a', flipRatio: 0.02, scaleDrift: 0.01, sqnr: 4 },
      { layer: 'b', flipRatio: 0.3, scaleDrift: 0.01, sqnr: 40 },
    ]);
    expect([a.state, b.state, c.state]).toEqual(['still flipping', 'steady', 'steady']);
    expect(plain(a.note)).toBe('2.0 % of signs a step; below 0.1 % is usual here: a lower learning rate settles them');
    expect([a.flipRatio, c.flipRatio, c.flips]).toEqual(['2e-2', '–', null]);
    expect(usualFlips(0)).toBe(1e-2);
    expect(usualFlips(1)).toBeCloseTo(1e-3, 12);
  });
  it('warns of scales that left their calibration', () => {
    expect(rows([{ layer: 'b', flipRatio: 0, scaleDrift: 0.4, sqnr: 40 }])[1]).toMatchObject({ state: 'scale drifts', driftWarns: true, warns: true });
  });
  it('says when no sign ever moved', () => {
    const report = { ...REPORT, step: 300, layers: [{ layer: 'd', flipRatio: 0, scaleDrift: 0, sqnr: 4 }] };
    expect(healthRows(report, layers, { d: trend([0, 0, 0, 0]) }, english)[3].state).toBe('stuck');
    expect(healthRows(report, layers, { d: trend([0, 0, 0.01, 0]) }, english)[3].state).toBe('steady');
  });
  it('shows dashes before the first report', () => {
    expect(healthRows(null, layers, {}, english).map((row) => [row.sqnr, row.warns])).toEqual(layers.map(() => ['–', false]));
  });
});

describe('the run in words', () => {
  it('says where it is, how fast and how long', () => {
    const text = runText({ ...REPORT, step: 584, epoch: 6, secondsLeft: 297 }, 64, english);
    expect(text.where).toBe('Epoch 6 of 10 · step 584 of 1,000');
    expect(text.rate).toBe('10 steps/s · 640 images/s');
    expect(plain(text.left)).toBe('4 min 57 s left');
    expect(text.share).toBeCloseTo(0.584, 12);
    expect(text.epochEnds).toHaveLength(9);
  });
  const deployed: Evaluation = { count: 1000, correct: 861, accuracy: 0.861, measure: 'accuracy', interval: { low: 0.838, high: 0.881 }, predictions: new Int32Array(1000), divergence: 0, milliseconds: 1 };
  it('ends with the deployed accuracy, and warns where the simulation said something else', () => {
    expect(plain(resultText('QAT 1', deployed, 0.862, english).title)).toBe('QAT 1: 86.1 ±2.2 %');
    expect(resultText('QAT 1', deployed, 0.862, english).tone).toBe('better');
    const off = resultText('QAT 1', deployed, 0.9, english);
    expect(off.tone).toBe('warn');
    expect(plain(off.detail)).toContain('−3.9 pt from what is deployed');
  });
});

describe('the recipe form', () => {
  it('shows every field of the trainer exactly once', () => {
    const names = recipeSections(RECIPE_FIELDS).flatMap((section) => section.fields.map((entry) => entry.name));
    expect(names.toSorted()).toEqual(Object.keys(RECIPE_FIELDS).toSorted());
  });
  it('finds a place for a field that it has never heard of', () => {
    const fields: FieldTable = { epochs: range(1, 9, 1, 3, 'Epochs'), novelty: range(0, 1, 0.1, 0.5, 'Novelty') };
    expect(recipeSections(fields).map((section) => section.title)).toEqual(['Schedule', 'More']);
  });
  it.each([
    ['1e-3', 0.001],
    ['0,7', 0.7],
    ['5 000', 5000],
    ['', Number.NaN],
    ['three', Number.NaN],
  ])('reads %j', (text, value) => expect(readNumber(text)).toBe(value));
  it('writes small numbers as people write learning rates, and reads them back', () => {
    for (const value of [0.001, 0.00025, 0.7, 64, 0]) expect(readNumber(writeNumber(value))).toBe(value);
    expect(writeNumber(0.001)).toBe('1e-3');
  });
});
