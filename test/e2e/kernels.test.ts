import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BuildCheck } from '../conformance/kernels-check.ts';
import { runWorkerInChromium } from '../chromium-worker.mjs';

const TEST = join(import.meta.dirname, '..');

it('both builds of every kernel write the bytes of the reference in Chromium, and two threads those of one', { timeout: 240_000 }, async () => {
  const reports: (BuildCheck & { readonly description: string })[] = [];
  await runWorkerInChromium({
    entries: { worker: join(TEST, 'conformance', 'kernels-check.worker.ts'), thread: join(TEST, 'bench', 'suite', 'thread.ts') },
    message: {},
    onReport: (report) => void reports.push(report as (typeof reports)[number]),
  });
  expect(reports.map(({ description }) => description)).toEqual([
    'WebAssembly with SIMD',
    'WebAssembly with relaxed SIMD',
    'WebAssembly with relaxed SIMD, 2 threads',
  ]);
  for (const { failures, compared } of reports) {
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  }
});
