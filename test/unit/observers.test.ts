import { expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { gridForRange, OBSERVERS, twoLevelFit } from '../../core/quant/observers.ts';
import { StreamingHistogram } from '../../core/tensor/histogram.ts';

function filled(values: readonly number[], bins = 4096): StreamingHistogram {
  const histogram = new StreamingHistogram(bins);
  for (const value of values) histogram.add(value);
  return histogram;
}

test('a streaming histogram keeps every value and the exact range, whatever the order of growth', () => {
  const random = createRandom(3);
  const values = Float32Array.from({ length: 5000 }, () => random.normal(0, 10 ** random.uniform(-3, 3)));
  const one = filled([...values], 256);
  const other = new StreamingHistogram(256);
  other.addStrided(values.toReversed(), 0, 1);
  expect(one.counts.reduce((a, b) => a + b)).toBe(5000);
  expect([...other.counts]).toEqual([...one.counts]);
  expect(one.minimum).toBe(Math.min(...values));
  expect(one.maximum).toBe(Math.max(...values));
});

test('a strided histogram sees only its channel', () => {
  const histogram = new StreamingHistogram(64);
  histogram.addStrided(Float32Array.of(1, -5, 2, -6, 3, -7), 0, 2);
  expect([histogram.minimum, histogram.maximum, histogram.total]).toEqual([1, 3, 3]);
});

test.each([[0, 6], [-1, 1], [-3.7, 0.2], [0.5, 2], [-2, -0.5]])('the grid for %f…%f has zero as a level and covers the range', (low, high) => {
  const { scale, zeroPoint } = gridForRange(low, high);
  expect(Number.isInteger(zeroPoint)).toBe(true);
  expect((-128 - zeroPoint) * scale).toBeLessThanOrEqual(Math.min(low, 0) + scale);
  expect((127 - zeroPoint) * scale).toBeGreaterThanOrEqual(Math.max(high, 0) - scale);
});

test('the squared-error observer beats min-max on heavy tails, clipped values counted', () => {
  const random = createRandom(9);
  const values = Array.from({ length: 20_000 }, () => random.normal() ** 3);
  const histogram = filled(values);
  const error = (grid: { scale: number; zeroPoint: number }): number =>
    values.reduce((sum, x) => {
      const q = Math.min(Math.max(Math.round(x / grid.scale) + grid.zeroPoint, -128), 127);
      return sum + (x - (q - grid.zeroPoint) * grid.scale) ** 2;
    }, 0);
  const clipped = OBSERVERS.mse(histogram);
  const whole = OBSERVERS['minimum-maximum'](histogram);
  expect(clipped.scale).toBeLessThan(whole.scale);
  expect(error(clipped)).toBeLessThan(error(whole));
});

test('the two-level fit of a rectified Gaussian has its threshold at 0.71 σ', () => {
  const random = createRandom(31);
  const fit = twoLevelFit(filled(Array.from({ length: 100_000 }, () => Math.max(random.normal(), 0))));
  expect(fit.centre).toBeCloseTo(0.71, 1);
});

test('the two-level fit of a constant channel has no step and a threshold above it', () => {
  const fit = twoLevelFit(filled(new Array<number>(50).fill(0)));
  expect(fit.halfStep).toBe(0);
  expect(fit.centre).toBeGreaterThan(0);
});
