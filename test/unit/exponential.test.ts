import { describe, expect, it } from 'vitest';
import { errorFunction, exponential, hyperbolicTangent, sigmoid } from '../../core/base/exponential.ts';
import { createRandom } from '../../core/base/random.ts';

/** Largest relative distance from the engine's own function, over the whole range and close to 0. */
function largestError(own: (x: number) => number, known: (x: number) => number, range: number): number {
  const random = createRandom(5);
  let largest = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = random.uniform(-range, range) * (i % 2 === 0 ? 1 : 10 ** -random.integer(0, 9));
    largest = Math.max(largest, Math.abs(own(x) - known(x)) / Math.abs(known(x)));
  }
  return largest;
}

describe('exponentials that are the same in every engine', () => {
  it('the error function has the digits of the tables (Abramowitz and Stegun 7.1), to thirteen, and its limits', () => {
    const known = [[0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [3, 0.9999779095030014]] as const;
    for (const [x, value] of known) {
      expect(Math.abs(errorFunction(x) / value - 1)).toBeLessThan(1e-13);
      expect(errorFunction(-x)).toBe(-errorFunction(x));
    }
    expect([errorFunction(0), Math.fround(errorFunction(4)), errorFunction(-40), errorFunction(Number.NaN)]).toEqual([0, 1, -1, Number.NaN]);
  });

  it('e^x is right to fourteen digits', () => {
    expect(largestError(exponential, Math.exp, 700)).toBeLessThan(1e-14);
    expect(exponential(0)).toBe(1);
  });

  it('sigmoid and tanh are far closer than float32 can tell', () => {
    expect(largestError(sigmoid, (x) => 1 / (1 + Math.exp(-x)), 80)).toBeLessThan(1e-14);
    expect(largestError(hyperbolicTangent, Math.tanh, 20)).toBeLessThan(1e-11);
  });

  it('saturate as float32 does, and keep the sign of zero', () => {
    expect([Infinity, 1000, -1000, -Infinity].map((x) => Math.fround(exponential(x)))).toEqual([Infinity, Infinity, 0, 0]);
    expect([Infinity, -Infinity].map((x) => Math.fround(sigmoid(x)))).toEqual([1, 0]);
    expect([Infinity, -Infinity, -0].map(hyperbolicTangent)).toEqual([1, -1, -0]);
    expect(exponential(Number.NaN)).toBeNaN();
  });
});
