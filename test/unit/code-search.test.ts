import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import type { DataSet } from '../../core/data/data-set.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { searchCodes, type Alphabet } from '../../core/quant/code-search.ts';
import { covarianceOf, covarianceOfSigns, signCorrelations } from '../../core/quant/covariance.ts';
import { bake } from '../../core/runtime/bake.ts';
import { fitCodes } from '../../core/runtime/fit-codes.ts';
import { planEverywhere } from '../../core/analysis/sensitivity/cells.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const CHANNELS = 3;

/** Rows of inputs that have much in common, some of them zero, and a float layer's result over them. */
function observed(seed: number, inputs: number, rows: number) {
  const random = createRandom(seed);
  const kernel = Float32Array.from({ length: inputs * CHANNELS }, () => random.normal());
  const values = new Float32Array(rows * inputs);
  const targets = new Float32Array(rows * CHANNELS);
  const columns = new Uint32Array(inputs * Math.ceil(rows / 32));
  for (let r = 0; r < rows; r++) {
    const common = random.normal();
    for (let i = 0; i < inputs; i++) {
      const value = Math.max(common + random.normal(), -0.5) + 0.5;
      values[r * inputs + i] = value;
      if (value >= 0.5) columns[i * Math.ceil(rows / 32) + (r >>> 5)]! |= 1 << (r & 31);
    }
    for (let k = 0; k < CHANNELS; k++) {
      let sum = 3;
      for (let i = 0; i < inputs; i++) sum += values[r * inputs + i]! * kernel[i * CHANNELS + k]!;
      targets[r * CHANNELS + k] = sum;
    }
  }
  return { kernel, values, targets, signRows: { inputs, rows, columns } };
}

/** The values that the packed signs stand for. */
function unpacked({ inputs, rows, columns }: { inputs: number; rows: number; columns: Uint32Array }): Float32Array {
  const words = Math.ceil(rows / 32);
  return Float32Array.from({ length: rows * inputs }, (_, at) => ((columns[(at % inputs) * words + (Math.floor(at / inputs) >>> 5)]! >>> (Math.floor(at / inputs) & 31)) & 1 ? 1 : -1));
}

/** Share of a channel's variance that α·Σ cᵢxᵢ + β explains, α and β the best ones: from the rows, without a Gram matrix. */
function explained(values: Float32Array, targets: Float32Array, k: number, codes: ArrayLike<number>): number {
  const inputs = codes.length;
  const rows = values.length / inputs;
  const sums = Array.from({ length: rows }, (_, r) => Array.from(codes).reduce((sum, c, i) => sum + c * values[r * inputs + i]!, 0));
  const wanted = Array.from({ length: rows }, (_, r) => targets[r * CHANNELS + k]!);
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / rows;
  const [ms, mw] = [mean(sums), mean(wanted)];
  const product = sums.reduce((sum, x, r) => sum + (x - ms) * (wanted[r]! - mw), 0);
  return product <= 0 ? 0 : product ** 2 / sums.reduce((sum, x) => sum + (x - ms) ** 2, 0) / wanted.reduce((sum, x) => sum + (x - mw) ** 2, 0);
}

const channel = (values: ArrayLike<number>, k: number): number[] => Array.from({ length: values.length / CHANNELS }, (_, i) => values[i * CHANNELS + k]!);
const ALPHABETS: readonly (readonly [string, Alphabet])[] = [
  ['signs', { largest: 1, zero: false }],
  ['three codes', { largest: 1, zero: true }],
  ['five codes', { largest: 2, zero: true }],
];

/** The codes of rounding, as a start. */
function rounded(kernel: Float32Array, { largest, zero }: Alphabet) {
  const scale = new Float32Array(CHANNELS).fill(0.8);
  const codes = Int8Array.from(kernel, (w) => (zero ? Math.max(-largest, Math.min(largest, Math.round(w / 0.8))) : w >= 0 ? 1 : -1));
  return { codes, scale };
}

function best(inputs: number, { largest, zero }: Alphabet, share: (codes: readonly number[]) => number): number {
  const letters = Array.from({ length: 2 * largest + 1 }, (_, i) => i - largest).filter((code) => zero || code !== 0);
  let top = 0;
  for (let n = 0; n < letters.length ** inputs; n++) top = Math.max(top, share(Array.from({ length: inputs }, (_, i) => letters[Math.floor(n / letters.length ** i) % letters.length]!)));
  return top;
}

describe.each(ALPHABETS)('%s by the result of a layer', (_name, alphabet) => {
  test.each([1, 2, 3])('explain more than rounding, and three quarters at least of what the best of all do (seed %i)', (seed) => {
    const inputs = alphabet.largest > 1 ? 5 : 7;
    const { kernel, values, targets } = observed(seed, inputs, 133);
    const start = rounded(kernel, alphabet);
    const found = searchCodes(covarianceOf(values, inputs), kernel, start, alphabet);
    for (let k = 0; k < CHANNELS; k++) {
      const share = (codes: ArrayLike<number>) => explained(values, targets, k, codes);
      const codes = channel(found.codes, k);
      expect(codes.every((code) => Math.abs(code) <= alphabet.largest && (alphabet.zero || code !== 0))).toBe(true);
      // The ridge may give away a little of what it explains.
      expect(share(codes)).toBeGreaterThanOrEqual(share(channel(start.codes, k)) - 0.01);
      expect(share(codes)).toBeGreaterThan(0.75 * best(inputs, alphabet, share));
      expect(found.scale[k]).toBeGreaterThan(0);
    }
  });
});

test('one-bit inputs have the covariance of the values that they stand for, and correlate like them', () => {
  const { signRows, targets } = observed(7, 33, 97);
  const values = unpacked(signRows);
  const [packed, plain] = [covarianceOfSigns(signRows), covarianceOf(values, 33)];
  packed.gram.forEach((value, i) => expect(value).toBeCloseTo(plain.gram[i]!, 6));
  const correlations = signCorrelations(signRows, targets, CHANNELS);
  const means = Array.from({ length: CHANNELS }, (_, k) => channel(targets, k).reduce((sum, y) => sum + y, 0) / 97);
  for (let k = 0; k < CHANNELS; k++) {
    for (let i = 0; i < 33; i++) {
      let sum = 0;
      for (let r = 0; r < 97; r++) sum += values[r * 33 + i]! * (targets[r * CHANNELS + k]! - means[k]!);
      expect(correlations[k * 33 + i]).toBeCloseTo(sum, 3);
    }
  }
});

test('a channel whose inputs never vary keeps what it starts from', () => {
  const kernel = Float32Array.of(0.5, -0.25, 1, 0.75, -1, 0.5);
  const start = rounded(kernel, { largest: 1, zero: true });
  expect(searchCodes(covarianceOf(new Float32Array(20).fill(2), 2), kernel, start, { largest: 1, zero: true })).toEqual(start);
});

const random = createRandom(79);
const images = Uint8Array.from({ length: 96 * 192 }, () => random.integer(0, 256));
const data: DataSet = { name: 'noise', format: 'test', shape: [8, 8, 3], classes: ['a', 'b'], train: null, test: { count: 96, images, labels: null }, hash: 'noise96', notes: [] };

describe.each(Object.entries({ plain: plainNetwork(5), residual: residualNetwork(6) }))('a %s network that was not trained', (_name, model) => {
  test.each(['xnor', 'binary', 'ternary', 'int4'] as const)('gets its %s codes from the calibration, the same whenever it is asked, and trained layers keep theirs', async (scheme) => {
    const calibration = await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 96 }, context);
    const plan = planEverywhere(model.graph, scheme);
    const fitted = fitCodes(model, plan, calibration);
    const changed = layersOf(model.graph).filter((node) => fitted.model.weights.get(node.weights['kernel']!) !== model.weights.get(node.weights['kernel']!));
    expect(changed.length).toBeGreaterThan(0);
    const { network, parameters } = bake(fitted.model, plan, fitted.calibration);
    for (const node of changed) {
      expect(plan[node.id]?.scheme).toBe(scheme);
      const id = node.weights['kernel']!;
      expect(fitCodes(model, plan, calibration).model.weights.get(id)).toBe(fitted.model.weights.get(id));
      const trained = { ...calibration, weightScales: { [node.id]: { scheme, scale: new Float32Array(1) } } };
      expect(fitCodes(model, plan, trained).model.weights.get(id)).toBe(model.weights.get(id));
      // What is baked has the very codes that were found, in steps of the scale that was found.
      const scale = fitted.calibration.weightScales?.[node.id]?.scale;
      const index = network.steps.findIndex((step) => step.kind === 'layer' && step.node === node.id);
      if (scale) fitted.model.weights.get(id)!.forEach((w, i) => expect(Math.abs(parameters[index]!['codes']![i]!)).toBe(Math.round(Math.abs(w) / scale[i % scale.length]!)));
    }
    expect(fitCodes(model, planEverywhere(model.graph, 'int8'), calibration)).toEqual({ model, calibration });
  });
});
