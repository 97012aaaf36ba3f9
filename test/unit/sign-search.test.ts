import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf, type LayerNode } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { searchSigns, type SignObservations } from '../../core/quant/sign-search.ts';
import { fitSigns } from '../../core/runtime/fit-signs.ts';
import { planEverywhere } from '../../core/analysis/sensitivity/cells.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };

/** Rows of correlated signs, and a float layer's result over real values behind them. */
function observed(seed: number, inputs: number, rows: number, channels: number) {
  const random = createRandom(seed);
  const kernel = Float32Array.from({ length: inputs * channels }, () => random.normal());
  const signs: number[][] = [];
  const targets = new Float32Array(rows * channels);
  const columns = new Uint32Array(inputs * Math.ceil(rows / 32));
  for (let r = 0; r < rows; r++) {
    const common = random.normal();
    const values = Array.from({ length: inputs }, () => common + random.normal());
    signs.push(values.map((value) => (value >= 0 ? 1 : -1)));
    for (let k = 0; k < channels; k++) targets[r * channels + k] = values.reduce((sum, value, i) => sum + value * kernel[i * channels + k]!, 3);
    for (let i = 0; i < inputs; i++) if (values[i]! >= 0) columns[i * Math.ceil(rows / 32) + (r >>> 5)]! |= 1 << (r & 31);
  }
  return { kernel, signs, observations: { inputs, rows, columns, targets } satisfies SignObservations };
}

/** Share of a channel's variance that α·Σ bᵢxᵢ + β explains, α and β the best ones: from the rows, without a Gram matrix. */
function explained(signs: readonly (readonly number[])[], targets: Float32Array, channels: number, k: number, b: ArrayLike<number>): number {
  const sums = signs.map((row) => row.reduce((sum, x, i) => sum + x * b[i]!, 0));
  const wanted = signs.map((_, r) => targets[r * channels + k]!);
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [ms, mw] = [mean(sums), mean(wanted)];
  const product = sums.reduce((sum, x, r) => sum + (x - ms) * (wanted[r]! - mw), 0);
  return product <= 0 ? 0 : product ** 2 / sums.reduce((sum, x) => sum + (x - ms) ** 2, 0) / wanted.reduce((sum, x) => sum + (x - mw) ** 2, 0);
}

describe('signs for one-bit inputs', () => {
  test.each([1, 2, 3, 4])('explain more than those of the weights, and nearly as much as the best of all (seed %i)', (seed) => {
    const [inputs, rows, channels] = [10, 133, 3];
    const { kernel, signs, observations } = observed(seed, inputs, rows, channels);
    const found = searchSigns(kernel, channels, observations);
    for (let k = 0; k < channels; k++) {
      const share = (b: ArrayLike<number>) => explained(signs, observations.targets, channels, k, b);
      const own = Array.from({ length: inputs }, (_, i) => (kernel[i * channels + k]! >= 0 ? 1 : -1));
      const chosen = Array.from({ length: inputs }, (_, i) => found[i * channels + k]!);
      let best = 0;
      for (let bits = 0; bits < 1 << inputs; bits++) best = Math.max(best, share(own.map((_, i) => ((bits >> i) & 1 ? 1 : -1))));
      expect(chosen.every((sign) => sign === 1 || sign === -1)).toBe(true);
      expect(share(chosen)).toBeGreaterThanOrEqual(share(own) - 0.01);
      expect(share(chosen)).toBeGreaterThan(0.9 * best);
    }
  });

  test('are the same for the same observations, whatever lies beyond the last row', () => {
    const { kernel, observations } = observed(7, 33, 97, 2);
    expect(searchSigns(kernel, 2, observations)).toEqual(searchSigns(kernel.slice(), 2, { ...observations, columns: observations.columns.slice() }));
  });
});

const random = createRandom(79);
const images = Uint8Array.from({ length: 96 * 192 }, () => random.integer(0, 256));
const data: DataSet = { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b'], train: null, test: { count: 96, images, labels: null }, hash: 'noise96', notes: [] };

describe.each(Object.entries({ plain: plainNetwork(5), residual: residualNetwork(6) }))('a %s network that was not trained for one bit', (_name, model) => {
  test('keeps every magnitude, every other layer and every trained one, and is nearer to float32 on images that chose nothing', async () => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 96 }, context);
    const plan = planEverywhere(model.graph, 'xnor');
    const fitted = fitSigns(model, plan, calibration);
    const changed = [...model.weights].filter(([id, values]) => fitted.weights.get(id) !== values);
    expect(changed.length).toBeGreaterThan(0);
    for (const [id, values] of changed) {
      const now = fitted.weights.get(id)!;
      expect(now.map(Math.abs)).toEqual(values.map(Math.abs));
      const [layer] = layersOf(model.graph).filter((node: LayerNode) => node.weights['kernel'] === id);
      expect(plan[layer!.id]?.scheme).toBe('xnor');
      const trained = { ...calibration, weightScales: { [layer!.id]: { scheme: 'xnor', scale: new Float32Array(1) } } };
      expect(fitSigns(model, plan, trained).weights.get(id)).toBe(values);
    }
    // The same arrays again: a search is made once a kernel.
    expect(fitSigns(model, plan, calibration).weights.get(changed[0]![0])).toBe(fitted.weights.get(changed[0]![0]));
    expect(fitSigns(model, planEverywhere(model.graph, 'binary'), calibration)).toBe(model);
  });
});
