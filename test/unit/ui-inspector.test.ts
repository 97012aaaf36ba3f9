import { describe, expect, test } from 'vitest';
import { gainOf, pairedMean } from '../../core/analysis/diagnosis/trial.ts';
import { createRandom } from '../../core/base/random.ts';
import type { WeightPicture } from '../../core/analysis/diagnosis/weight-picture.ts';
import type { FixTrial, LayerDiagnosis } from '../../core/jobs/analysis-results.ts';
import type { LayerInsight } from '../../core/jobs/contract.ts';
import { choiceOf } from '../../core/schemes/layer-facts.ts';
import type { LayerChoice } from '../../core/schemes/scheme.ts';
import { fixesTitle, fixRows, fixTitle } from '../../renderer/features/studio/inspector/causes-view.ts';
import { channelForKey, stripView } from '../../renderer/features/studio/inspector/channel-view.ts';
import { factRows, inputView, weightsView } from '../../renderer/features/studio/inspector/view-model.ts';
import type { TriedFixes } from '../../renderer/state/activity.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

const picture: WeightPicture = {
  scheme: 'int4',
  weights: { low: -1, high: 1, counts: [5, 90, 5] },
  clippedCounts: [1, 0, 0],
  levels: [],
  clip: { low: -0.9, high: 0.9 },
  zeroBand: null,
  scale: 0.12,
  zeroShare: 0,
  clippedShare: 0.01,
  positiveShare: 0.51,
  sqnr: 19.2,
};

const insight: LayerInsight = {
  layer: 'conv',
  picture,
  channels: { measure: 'sqnr', values: Float32Array.of(20, 18, 3, 19) },
  input: { low: 0, high: 4, counts: [1, 1] },
  inputClip: { low: 0, high: 2.41 },
  inputClippedShare: 8e-4,
  inputThresholds: null,
  weightSqnr: { int4: 19.2 },
};

describe('the pictures', () => {
  test('say step and clipped share of a grid, and draw its ends only where something lies beyond', () => {
    expect(plain(weightsView(picture, 'the weights').aside)).toBe('step 0.12 · clipped 1.0 %');
    expect(weightsView(picture, 'the weights').clip).toEqual({ low: -0.9, high: 0.9 });
    expect(weightsView({ ...picture, clippedShare: 0 }, 'the weights').clip).toBeNull();
  });

  test('say both magnitudes where the two sides of a ternary grid differ', () => {
    const ternary: WeightPicture = { ...picture, scheme: 'ternary', levels: [-0.1, 0, 0.14], zeroShare: 0.43, clip: null };
    expect(plain(weightsView(ternary, 'the weights').aside)).toBe('zero 43.0 % · ±α 57.0 % · α −0.1, +0.14');
    expect(plain(weightsView({ ...ternary, levels: [-0.1, 0, 0.1] }, 'the weights').aside)).toBe('zero 43.0 % · ±α 57.0 % · α 0.1');
  });

  test('of a float32 layer count its weights; of one channel name it', () => {
    const float = weightsView({ ...picture, scheme: 'float32', sqnr: null, clip: null }, 'the weights of channel 3');
    expect(float.aside).toBe('100 weights');
    expect(float.label).toContain('channel 3');
  });

  test('of the inputs never call a small share nothing', () => {
    expect(plain(inputView(insight).aside)).toBe('INT8, MSE clip · clipped 0.08 %');
    expect(plain(inputView({ ...insight, inputClippedShare: 1e-6 }).aside)).toBe('INT8, MSE clip · clipped under 0.01 %');
    const oneBit = { ...insight, inputClip: null, inputThresholds: { median: 0.4, low: 0.2, high: 0.9 } };
    expect(inputView(oneBit).aside).toBe('one bit · thresholds 0.2 to 0.9');
  });

  test('stand beside the numbers of the result once the layer has been run', () => {
    const diagnosis: LayerDiagnosis = {
      layer: 'conv',
      output: { images: 32, rawSqnr: 8.2, sqnr: 11.84, movedShare: 0.5, channelSqnr: new Float32Array(4), inputSqnr: 38, inputOnes: null },
      dead: [2],
      findings: [],
      fixes: [],
    };
    const rows = factRows({ ...insight, picture: { ...picture, scheme: 'binary' } }, diagnosis);
    expect(rows.map(({ value }) => plain(value))).toEqual(['8.2 dB', '11.8 dB', '38.0 dB', '51.0 %', '1 of 4']);
    expect(rows.filter(({ isBad }) => isBad).map(({ name }) => name)).toEqual(['Dead output channels']);
    const pixels = factRows(insight, { ...diagnosis, output: { ...diagnosis.output!, inputSqnr: 392 } });
    expect(pixels.find(({ name }) => name === 'Inputs on their INT8 grid')?.value).toBe('exact');
    expect(factRows(insight, undefined)).toEqual([]);
  });
});

describe('the strip of channels', () => {
  test('marks the channel with the least signal to noise, or with the largest weight', () => {
    expect(stripView(insight.channels, 64).worst).toBe(2);
    expect(plain(stripView(insight.channels, 64).label)).toBe('4 channels, the worst: 2 with 3.0 dB');
    expect(plain(stripView(insight.channels, 64, Float32Array.of(9, 9, 4.1, 9)).text(2))).toBe('Channel 2: 3.0 dB, the worst; output 4.1 dB');
    const peaks = stripView({ measure: 'peak', values: Float32Array.of(0.1, 0.7, 0.2) }, 64);
    expect([peaks.worst, peaks.text(1)]).toEqual([1, 'Channel 1: 0.7, the widest']);
  });

  test.each([3, 64, 65, 1000])('of %i channels covers each once, in at most 64 bars, and hides no bad one among its neighbours (seed 5)', (count) => {
    const random = createRandom(5);
    const values = Float32Array.from({ length: count }, () => random.uniform(5, 40));
    const { bars, worst } = stripView({ measure: 'sqnr', values }, 64);
    expect(bars.length).toBeLessThanOrEqual(64);
    expect(bars.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i))).toEqual([...values.keys()]);
    for (const { first, end, channel } of bars) expect(values[channel]).toBe(Math.min(...values.subarray(first, end)));
    expect(values[worst]).toBe(Math.min(...values));
  });

  test('is walked with the keys: the worst first, then neighbours, and out again', () => {
    const view = { worst: 2, count: 4 };
    expect(channelForKey('ArrowRight', null, view)).toBe(2);
    expect(channelForKey('ArrowRight', 3, view)).toBe(3);
    expect(channelForKey('ArrowLeft', 2, view)).toBe(1);
    expect(channelForKey('Home', 2, view)).toBe(0);
    expect(channelForKey('End', 2, view)).toBe(3);
    expect(channelForKey('Escape', 2, view)).toBeNull();
    expect(channelForKey('Escape', null, view)).toBeUndefined();
    expect(channelForKey('5', 2, view)).toBeUndefined();
  });
});

describe('a trial', () => {
  const answers = (divergence: readonly number[], right: readonly number[]) => ({ divergence: Float64Array.from(divergence), right: Uint8Array.from(right) });
  const same = Array.from({ length: 40 }, () => 1);

  test('helps where the answers come closer on nearly every image, even if none of them turns', () => {
    const before = answers(same.map((_, i) => 0.5 + 0.01 * (i % 3)), same);
    expect(gainOf(before, answers(same.map((_, i) => 0.4 + 0.01 * (i % 3)), same)).helps).toBe(true);
  });

  test('does not help within chance, nor where accuracy falls for it', () => {
    const before = answers(same.map((_, i) => (i % 2 ? 1 : 0.2)), same);
    expect(gainOf(before, answers(same.map((_, i) => (i % 2 ? 0.19 : 1)), same)).helps).toBe(false);
    const wrong = same.map((_, i) => (i < 15 ? 0 : 1));
    const closer = gainOf(before, answers(same.map((_, i) => (i % 2 ? 0.9 : 0.1)), wrong));
    expect(closer.divergence.change).toBeLessThan(0);
    expect(closer.helps).toBe(false);
  });

  test('has the textbook interval of a paired mean', () => {
    // Differences 1, 2, 3: mean 2, standard deviation 1, 1.96·1/√3.
    expect(pairedMean(Float64Array.of(0, 0, 0), Float64Array.of(1, 2, 3))).toEqual({ change: 2, halfWidth: expect.closeTo(1.1316, 4) });
  });
});

describe('fixes', () => {
  const present = choiceOf({ conv: { scheme: 'ternary' } }, 'conv');
  const up: LayerChoice = { scheme: 'int4' };
  const threshold: LayerChoice = { scheme: 'ternary', options: { threshold: 0.62, levels: 'one' } };
  const levels: LayerChoice = { scheme: 'ternary', options: { threshold: 0.7, levels: 'two' } };
  const diagnosis: LayerDiagnosis = { layer: 'conv', output: null, dead: [], findings: [], fixes: [threshold, levels, up].map((choice) => ({ choice, against: [] })) };
  const trial = (choice: LayerChoice, divergence: number, points: number, helps: boolean): FixTrial => ({
    choice,
    bytes: 0,
    divergence: 0.1,
    correct: 90,
    count: 100,
    gain: { divergence: { change: divergence, halfWidth: 0.02 }, accuracy: { change: points, halfWidth: 0.004 }, helps },
  });
  const tried = (trials: readonly FixTrial[], isRunning = false): TriedFixes => ({ trials, isRunning, samples: 1000, measure: 'accuracy', split: 'train' });
  const bytes = [0, 132, 2304];

  test('are called by what changes', () => {
    expect([threshold, levels, up].map((choice) => fixTitle(choice, present))).toEqual(['Zero threshold 0.62', 'Levels: one each side (TTQ)', 'Raise to INT4']);
    expect(fixTitle({ scheme: 'int4', options: { clip: 'maximum' } }, choiceOf({ conv: { scheme: 'int4' } }, 'conv'))).toBe('Weight clip: largest weight');
    expect(fixTitle({ scheme: 'xnor' }, present)).toBe('Lower to XNOR');
  });

  test('promise nothing but their exact bytes before they are tried', () => {
    const rows = fixRows({ diagnosis, tried: undefined, present, bytes });
    expect(rows.map(({ size, measured }) => [plain(size), measured])).toEqual([['±0 B', null], ['+132 B', null], ['+2.30 KB', null]]);
    expect(fixesTitle(undefined, 3)).toBe('3 fixes to try');
  });

  test('keep their order while they are tried; then what helps comes first', () => {
    const some = tried([trial(up, -0.08, 0.007, true)], true);
    expect(fixRows({ diagnosis, tried: some, present, bytes }).map(({ title }) => title)).toEqual(['Zero threshold 0.62', 'Levels: one each side (TTQ)', 'Raise to INT4']);
    expect(fixesTitle(some, 3)).toBe('Trying on 1,000 training images: 1 of 3');
    const all = tried([trial(threshold, -0.001, 0.001, false), trial(levels, -0.03, 0, true), trial(up, -0.08, 0.007, true)]);
    const rows = fixRows({ diagnosis, tried: all, present, bytes });
    expect(rows.map(({ title, measured }) => [title, measured?.helps])).toEqual([['Raise to INT4', true], ['Levels: one each side (TTQ)', true], ['Zero threshold 0.62', false]]);
    expect(fixesTitle(all, 3)).toBe('Fixes tried on 1,000 training images');
  });

  test('say gains with their intervals, by words, arrow and sign, and none within chance', () => {
    const all = tried([trial(threshold, -0.001, 0.001, false), trial(levels, 0.05, -0.012, false), trial(up, -0.08, 0.007, true)]);
    const measured = fixRows({ diagnosis, tried: all, present, bytes }).map((row) => row.measured);
    expect(measured.map((each) => [plain(each?.points.text ?? ''), each?.points.meaning])).toEqual([
      ['▲ +0.7 ±0.4 pt', 'better'],
      ['+0.1 ±0.4 pt', 'none'],
      ['▼ −1.2 ±0.4 pt', 'worse'],
    ]);
    expect(measured.map((each) => [each?.divergence.text, each?.divergence.meaning])).toEqual([
      ['KL ▼ −0.080 ±0.020', 'better'],
      ['KL −0.001 ±0.020', 'none'],
      ['KL ▲ +0.050 ±0.020', 'worse'],
    ]);
  });
});
