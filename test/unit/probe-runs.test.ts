import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { deployForNext, deployOnce } from '../../core/runtime/deploy.ts';
import type { EstimationBase } from '../../core/runtime/re-estimate.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const IMAGES = 60;
const RUNGS: readonly SchemeId[] = ['float32', 'int8', 'int4', 'ternary', 'binary', 'xnor'];

function noise(): DataSet {
  const random = createRandom(78);
  const images = Uint8Array.from({ length: IMAGES * 192 }, () => random.integer(0, 256));
  const labels = Int32Array.from({ length: IMAGES }, () => random.integer(0, 4));
  return { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b', 'c', 'd'], train: null, test: { count: IMAGES, images, labels }, hash: 'noise60', notes: [] };
}

const data = noise();

describe.each(Object.entries({ plain: plainNetwork(5), residual: residualNetwork(6) }))('edits of the %s network', (_name, model) => {
  const layers = layersOf(model.graph).map(({ id }) => id);

  /** A walk over plans: one layer at a time, now and then a step back. */
  function walk(seed: number): readonly Plan[] {
    const random = createRandom(seed);
    const plans: Plan[] = [{}];
    for (let i = 0; i < 14; i++) {
      const from = plans[random.integer(0, 4) === 0 ? random.integer(0, plans.length) : plans.length - 1]!;
      const layer = layers[random.integer(0, layers.length)]!;
      const scheme = RUNGS[random.integer(0, RUNGS.length)]!;
      plans.push({ ...from, [layer]: { scheme: scheme === 'xnor' && layer === layers[0] ? 'int8' : scheme } });
    }
    return plans;
  }

  test('answer like networks that are computed whole, whatever was broken off before them', async () => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 40 }, context);
    const random = createRandom(3);
    for (const plan of walk(1)) {
      const about = { state: { model, plan, calibration }, reference: model, data, preprocess: 'signed' } as const;
      // All of it, a first part alone, or a part behind samples that are known already.
      const offset = random.integer(0, 3) === 0 ? random.integer(0, IMAGES) : 0;
      const limit = random.integer(0, 2) === 0 ? IMAGES - offset : random.integer(1, IMAGES - offset + 1);
      const { milliseconds: _a, ...near } = await JOBS.evaluate({ ...about, offset, limit, follow: true }, context);
      const { milliseconds: _b, ...whole } = await JOBS.evaluate({ ...about, offset, limit }, context);
      expect(near).toEqual(whole);
    }
  });

  test('become the same files, byte for byte, one deployed near the other', async () => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 40 }, context);
    let near: EstimationBase | null = null;
    for (const plan of walk(2)) {
      const { program, base }: ReturnType<typeof deployForNext> = deployForNext({ model, plan, calibration }, near);
      expect(writePacked(program)).toEqual(writePacked(deployOnce({ model, plan, calibration })));
      near = base;
      expect(near).not.toBeNull();
    }
  });
});

test('a measurement that takes too long ends with what it has', async () => {
  const model = plainNetwork(5);
  const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 40 }, context);
  const about = { state: { model, plan: {}, calibration }, data, preprocess: 'signed', offset: 0 } as const;
  const first = await JOBS.evaluate({ ...about, limit: IMAGES, withinMs: 0 }, context);
  expect(first.count).toBeGreaterThanOrEqual(16);
  expect(first.count).toBeLessThan(IMAGES);
  expect([...first.predictions]).toEqual([...(await JOBS.evaluate({ ...about, limit: IMAGES }, context)).predictions.subarray(0, first.count)]);
});
