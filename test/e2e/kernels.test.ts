import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BuildCheck } from '../conformance/kernels-check.ts';
import { runWorkerInChromium } from '../chromium-worker.mjs';

it('both builds of every kernel write the bytes of the reference in Chromium', { timeout: 240_000 }, async () => {
  const reports: (BuildCheck & { readonly build: string; readonly description: string })[] = [];
  await runWorkerInChromium({
    entries: { worker: join(import.meta.dirname, '..', 'conformance', 'kernels-check.worker.ts') },
    message: {},
    onReport: (report) => void reports.push(report as (typeof reports)[number]),
  });
  expect(reports.map(({ description }) => description)).toEqual(['WebAssembly with SIMD', 'WebAssembly with relaxed SIMD']);
  for (const { failures, compared } of reports) {
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
  }
});
