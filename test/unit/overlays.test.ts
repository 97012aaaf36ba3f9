import { describe, expect, test } from 'vitest';
import { formatsFor } from '../../core/base/format.ts';
import { createRandom } from '../../core/base/random.ts';
import { knownOverlays, OVERLAY_IDS, OVERLAYS, overlayText, quantileSteps, stepOf, type LayerMetrics, type Overlay } from '../../core/analysis/overlays.ts';

const english = formatsFor('en');
const bare: LayerMetrics = { scheme: 'int8', bytes: 2_464, milliseconds: null, timeMeasured: false, weightSqnr: null, divergence: null, accuracyChange: null, parameters: 2_304, multiplyAccumulates: 2_359_296 };
const full: LayerMetrics = { ...bare, milliseconds: 0.241, weightSqnr: 41.27, divergence: 0.00042, accuracyChange: -0.009 };

describe('the table of overlays', () => {
  test('offers only what there is a number of', () => {
    expect(knownOverlays([bare])).toEqual(['precision', 'bytes', 'parameters', 'operations']);
    expect(knownOverlays([bare, full])).toEqual(OVERLAY_IDS);
    expect(knownOverlays([])).toEqual([]);
  });

  test('writes numbers as the table does, and marks an estimate', () => {
    const texts = OVERLAY_IDS.map((id) => overlayText(OVERLAYS[id], full, english));
    expect(texts).toEqual(['INT8', '2.46', '≈\u00a00.24', '−0.9', '4.2e-4', '41.3', '2,304', '2.36\u00a0M']);
    const time: Overlay = OVERLAYS.time;
    expect(overlayText(time, { ...full, timeMeasured: true }, english)).toBe('0.24');
    expect(overlayText(time, bare, english)).toBeNull();
  });

  test('a float32 layer loses nothing: infinite signal to noise, and the text says so', () => {
    expect(overlayText(OVERLAYS.sqnr, { ...full, weightSqnr: Number.POSITIVE_INFINITY }, english)).toBe('∞');
  });
});

describe('the scale of a distribution', () => {
  test.each([1, 2, 3])('has five steps of as many layers each, whatever the spread (seed %i)', (seed) => {
    const random = createRandom(seed);
    const values = Array.from({ length: 100 }, () => Math.exp(random.normal(0, 4)));
    const steps = quantileSteps(values, 'less');
    expect(steps.map((step) => step.count)).toEqual([20, 20, 20, 20, 20]);
    for (let index = 1; index < steps.length; index++) expect(steps[index].low).toBeGreaterThan(steps[index - 1].high);
    for (const value of values) {
      const step = steps[stepOf(steps, value)];
      expect(value >= step.low && value <= step.high).toBe(true);
    }
  });

  test('begins with the best: the smallest where less is better, the largest where more is', () => {
    expect(quantileSteps([3, 1, 2], 'less')[0].low).toBe(1);
    expect(quantileSteps([3, 1, 2], 'more')[0].low).toBe(3);
  });

  test('never parts equal values, and has no more steps than values', () => {
    expect(quantileSteps([7, 7, 7, 7], 'less')).toEqual([{ low: 7, high: 7, count: 4 }]);
    expect(quantileSteps([0, 0, 0, 0, 0, 0, 0, 0, 1, 2], 'less').map((step) => step.count)).toEqual([8, 2]);
    expect(quantileSteps([1, 2], 'less')).toHaveLength(2);
    expect(quantileSteps([], 'less')).toEqual([]);
  });

  test('puts a sum beyond all layers into the last step', () => {
    const steps = quantileSteps([1, 2, 3, 4, 5], 'less');
    expect(stepOf(steps, 1_000)).toBe(4);
    expect(stepOf(steps, -3)).toBe(0);
    expect(stepOf(steps, 2.2)).toBe(1);
  });
});
