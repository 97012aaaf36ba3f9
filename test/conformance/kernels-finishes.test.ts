import { expect, it } from 'vitest';
import { checkBuild } from './kernels-check.ts';

it('every compiled kernel, finished in every way, writes the bytes of reference kernel and reference stage', { timeout: 120_000 }, () => {
  const { compared, failures } = checkBuild('simd');
  expect(failures).toEqual([]);
  expect(compared).toBeGreaterThan(1000);
});
