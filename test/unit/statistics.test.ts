import { describe, expect, it } from 'vitest';
import { mcnemarExact, wilsonInterval } from '../../core/analysis/statistics.ts';

describe('the Wilson interval', () => {
  // Computed in Python from Wilson's formula.
  it.each([
    [171, 200, 0.79951332, 0.89710649],
    [979, 1000, 0.9681097, 0.98622426],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
  ])('of %d in %d is %d to %d', (correct, count, low, high) => {
    const interval = wilsonInterval(correct, count);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });
  it('of nothing is everything', () => expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 }));
});

describe("McNemar's exact test", () => {
  /** Direct sum with exact integers. */
  function direct(lost: number, won: number): number {
    const flips = lost + won;
    let term = 1n;
    let tail = 1n;
    for (let k = 1; k <= Math.min(lost, won); k++) {
      term = (term * BigInt(flips - k + 1)) / BigInt(k);
      tail += term;
    }
    return Math.min(1, Number((tail * 2n * 10n ** 18n) / 2n ** BigInt(flips)) / 1e18);
  }
  it.each([
    [34, 8],
    [8, 34],
    [1, 0],
    [5, 5],
    [100, 60],
    [0, 12],
  ])('of %d lost and %d won agrees with the exact sum', (lost, won) => expect(mcnemarExact(lost, won)).toBeCloseTo(direct(lost, won), 9));
  it('is 1 when nothing flipped, and finite for thousands of flips', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(3000, 3100)).toBeGreaterThan(0.1);
    expect(mcnemarExact(3000, 3400)).toBeLessThan(1e-6);
  });
});
