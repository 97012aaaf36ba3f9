import { describe, expect, test } from 'vitest';
import type { BaselineMeasurement, LayerTiming, SpeedMeasurement } from '../../core/jobs/contract.ts';
import { baselineRows, networkFindings, ratioView, speedRows } from '../../renderer/app/speed-view.ts';
import { speedView } from '../../renderer/features/studio/inspector/view-model.ts';

const spread = (median: number) => ({ median, lowerQuartile: median * 0.9, upperQuartile: median * 1.1 });

const timing = (fields: Partial<LayerTiming>): LayerTiming => ({ layer: 'a', scheme: 'xnor', milliseconds: 0.5, floatMilliseconds: 1, conversionMilliseconds: 0, kernel: 'a kernel', reasons: [], ...fields });

const measurement = (layers: readonly LayerTiming[], fields: Partial<SpeedMeasurement> = {}): SpeedMeasurement => ({
  milliseconds: 1, floatMilliseconds: 2, ratio: spread(2), rounds: 9, threads: 1, environment: 'x', layers, reasons: [], ...fields,
});

const costs = { layers: { a: { float32: 1, int8: 0.5, xnor: 1.25 }, b: { float32: 0.4, int8: 0.1 } }, operators: {}, conversions: null };
const layers = [{ id: 'a', scheme: 'xnor' as const }, { id: 'b', scheme: 'float32' as const }];
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the words of a ratio', () => {
  test.each([
    [2.31, '2.3× faster', 'better'],
    [1.03, 'as fast as float32', 'none'],
    [1, 'as fast as float32', 'none'],
    [0.994, 'slower than float32 (0.99×)', 'worse'],
    [0.8, 'slower than float32 (0.8×)', 'worse'],
  ])('%f: %s', (ratio, text, tone) => expect(ratioView(ratio)).toEqual({ text, tone }));

  test('of a forecast are marked', () => expect(plain(ratioView(0.8, true).text)).toBe('≈ slower than float32 (0.8×)'));
});

describe('the details of the speed meter', () => {
  test('before the plan is measured: forecasts from the table, marked, slower ones said', () => {
    const [a, b] = speedRows({ layers, speed: undefined, costs });
    expect(a).toMatchObject({ measured: false, ratio: { tone: 'worse' }, why: '' });
    expect(plain(a.time)).toBe('≈ 1.25 ms');
    expect(plain(a.ratio!.text)).toBe('≈ slower than float32 (0.8×)');
    expect(b.ratio).toBeNull();
  });

  test('after: the measured times, and why', () => {
    const reasons: LayerTiming['reasons'] = [{ kind: 'slower', ratio: 0.5 }, { kind: 'conversion', share: 0.4 }];
    const [a, b] = speedRows({ layers, speed: measurement([timing({ milliseconds: 2, reasons }), timing({ layer: 'b', scheme: 'float32', milliseconds: 1 })]), costs });
    expect(a).toMatchObject({ measured: true, ratio: { text: 'slower than float32 (0.5×)', tone: 'worse' } });
    expect(plain(a.why)).toBe('40 % of its time turns its input or output into another precision.');
    expect(plain(b.time)).toBe('1.00 ms');
  });

  test('bars are shares of the longest rung of the row; a rung that the layer cannot take has none', () => {
    const [a, b] = speedRows({ layers, speed: undefined, costs });
    expect(a.rungs.map(({ share }) => share)).toEqual([0.8, 0.4, 1]);
    expect(b.rungs.map(({ scheme, share, text }) => [scheme, share, plain(text)])).toEqual([['float32', 1, '0.40 ms'], ['int8', 0.25, '0.10 ms'], ['xnor', 0, '–']]);
  });

  test('nothing is claimed of what is not known', () => {
    const [a] = speedRows({ layers, speed: undefined, costs: null });
    expect(a).toMatchObject({ time: '–', ratio: null });
  });

  test('what holds the network back is said; that it is slower stands beside its time', () => {
    const speed = measurement([], { reasons: [{ kind: 'slower', ratio: 0.8 }, { kind: 'left', part: 'float32', share: 0.78, limit: 1.28 }] });
    expect(networkFindings(speed).map(plain)).toEqual(['78 % of the time is left in float32 layers: fewer bits elsewhere gain at most 1.3× more.']);
  });

  test('baselines: each against TensorFlow.js, slower ones too', () => {
    const measured: BaselineMeasurement = { current: spread(1), float: spread(5), tensorflow: spread(4), ratio: spread(4), floatRatio: spread(0.8), rounds: 15, backend: 't', environment: 'x', difference: 0 };
    expect(baselineRows(measured).map(({ share, against }) => [share, against])).toEqual([[0.2, '4.0× faster (3.6 to 4.4)'], [1, 'slower (0.8×, 0.7 to 0.9)'], [0.8, '–']]);
  });
});

describe('the speed of one layer', () => {
  test('is a forecast from the table until it is measured', () => {
    const view = speedView({ scheme: 'int8', timing: undefined, costs: costs.layers.a })!;
    expect(view).toMatchObject({ measured: false, title: 'Why this fast', ratio: { tone: 'better' } });
    expect(plain(view.ratio!.text)).toBe('≈ 2.0× faster than FP32');
    expect(plain(view.time)).toBe('≈ 0.50 ms against 1.00 ms');
  });

  test('names what is slower than float32 among all rungs', () => {
    const view = speedView({ scheme: 'int8', timing: undefined, costs: costs.layers.a })!;
    expect(view.rungs.map(({ scheme, isNow, warning }) => [scheme, isNow, warning])).toEqual([['float32', false, null], ['int8', true, null], ['xnor', false, 'slower than float32 (0.8×)']]);
  });

  test('says why it is slow', () => {
    const view = speedView({ scheme: 'xnor', timing: timing({ milliseconds: 1.25, reasons: [{ kind: 'slower', ratio: 0.8 }, { kind: 'unexplained' }] }), costs: undefined })!;
    expect(view).toMatchObject({ title: 'Why this slow', measured: true, ratio: { text: 'Slower than float32 (0.8×)', tone: 'worse' }, reasons: ['Its kernel does not beat float32’s at this shape.'], rungs: [] });
  });

  test('a float32 layer is its own baseline; without a time there is nothing to say', () => {
    expect(speedView({ scheme: 'float32', timing: timing({ scheme: 'float32' }), costs: undefined })!.ratio).toBeNull();
    expect(speedView({ scheme: 'int8', timing: undefined, costs: {} })).toBeNull();
  });
});
