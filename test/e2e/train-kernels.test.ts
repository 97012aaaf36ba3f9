import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runWorkerInChromium } from '../chromium-worker.mjs';

const ROOT = join(import.meta.dirname, '..', '..');

it('convolutions of training with relaxed SIMD agree in Chromium with the plain JavaScript backend of tfjs', { timeout: 240_000 }, async () => {
  const reports: { readonly description: string; readonly failures: readonly string[]; readonly compared: number }[] = [];
  await runWorkerInChromium({
    entries: { worker: join(import.meta.dirname, 'train-kernels.worker.ts') },
    message: {},
    folders: { tfjs: join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist') },
    onReport: (report) => void reports.push(report as (typeof reports)[number]),
  });
  const [{ description, failures, compared }] = reports;
  expect(description).toContain('relaxed SIMD');
  expect(failures).toEqual([]);
  expect(compared).toBeGreaterThan(300);
});
