import { describe, expect, test } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { checkValues, initialValues } from '../../core/quant/fields.ts';
import { arrayOps, fullTensor } from '../../core/quant/array-ops.ts';
import { SCHEMES, SCHEME_IDS } from '../../core/schemes/index.ts';
import type { LayerFacts } from '../../core/schemes/scheme.ts';

const facts = (fanIn: number, outputChannels: number): LayerFacts => ({
  op: 'dense',
  kernelShape: [fanIn, outputChannels],
  outputChannels,
  fanIn,
  isFirst: false,
});

function quantised(id: (typeof SCHEME_IDS)[number], weights: Float32Array, channels: number) {
  const row = SCHEMES[id];
  if (!row.weights) return null;
  const options = initialValues(row.options);
  const tensor = fullTensor(weights, channels);
  const scale = row.weights.scale(arrayOps, tensor, options);
  const { codes, gradientMask } = row.weights.codes(arrayOps, tensor, scale, options);
  return { codes: codes.data, scale: scale.data, mask: gradientMask.data };
}

describe.each(SCHEME_IDS)('%s', (id) => {
  const row = SCHEMES[id];

  test('the row is filed under its own id, with a letter and a key of its own', () => {
    expect(row.id).toBe(id);
    expect(SCHEME_IDS.filter((other) => SCHEMES[other].letter === row.letter || SCHEMES[other].key === row.key)).toEqual([id]);
  });

  test('its initial options pass its own check', () => {
    expect(checkValues(row.options, initialValues(row.options)).problem).toBeNull();
  });

  test.each([[1, 1], [3, 5], [9, 7], [64, 33], [100, 16]])('packing %i×%i codes and unpacking them gives the same codes', (fanIn, channels) => {
    if (row.weights === null) return;
    const random = createRandom(fanIn * 1000 + channels);
    const weights = Float32Array.from({ length: fanIn * channels }, () => random.normal());
    const codes = Int8Array.from(quantised(id, weights, channels)?.codes ?? []);
    const layer = facts(fanIn, channels);
    const bytes = row.pack(codes, layer);
    expect(bytes.length).toBe(row.packedBytes(layer));
    expect(row.unpack(bytes, layer)).toEqual(codes);
  });

  test('codes are whole numbers within the largest code, scales are positive, the gradient mask is 0 or 1', () => {
    const random = createRandom(11);
    const weights = Float32Array.from({ length: 64 * 8 }, () => random.normal(0, 0.3));
    const result = quantised(id, weights, 8);
    if (!result) return;
    expect(result.codes.every((code) => Number.isInteger(code) && Math.abs(code) <= row.largestCode)).toBe(true);
    expect(result.scale.every((scale) => scale > 0)).toBe(true);
    expect(result.mask.every((value) => value === 0 || value === 1)).toBe(true);
  });

  test('Gaussian weights keep the signal to noise that theory gives', () => {
    const random = createRandom(5);
    const channels = 4;
    const weights = Float32Array.from({ length: 20_000 * channels }, () => random.normal());
    const result = quantised(id, weights, channels);
    if (!result) return;
    let signal = 0;
    let noise = 0;
    weights.forEach((w, i) => {
      signal += w * w;
      noise += (w - result.codes[i] * result.scale[i % channels]) ** 2;
    });
    const sqnr = 10 * Math.log10(signal / noise);
    const [lowest, highest] = row.tolerance.gaussianSqnr;
    expect(sqnr).toBeGreaterThan(lowest);
    expect(sqnr).toBeLessThan(highest);
  });

  test('an all-zero channel is no division by zero', () => {
    const result = quantised(id, new Float32Array(32), 2);
    if (!result) return;
    expect([...result.codes, ...result.scale].every(Number.isFinite)).toBe(true);
  });
});

test('binarising Gaussian weights leaves the residual 1 − 2/π', () => {
  const random = createRandom(17);
  const weights = Float32Array.from({ length: 200_000 }, () => random.normal());
  const alpha = weights.reduce((sum, w) => sum + Math.abs(w), 0) / weights.length;
  const result = quantised('binary', weights, 1);
  expect(result?.scale[0]).toBeCloseTo(alpha, 5);
  const residual = weights.reduce((sum, w, i) => sum + (w - (result?.codes[i] ?? 0) * alpha) ** 2, 0) / weights.length;
  expect(residual).toBeCloseTo(1 - 2 / Math.PI, 2);
});

test('TWN leaves 57.7 % of Gaussian weights non-zero', () => {
  const random = createRandom(23);
  const weights = Float32Array.from({ length: 200_000 }, () => random.normal());
  const codes = quantised('ternary', weights, 1)?.codes ?? new Float32Array(0);
  expect(codes.filter((code) => code !== 0).length / codes.length).toBeCloseTo(0.577, 2);
});

test('xnor is refused where its input is the raw image, and binary is not', () => {
  const first = { ...facts(27, 16), isFirst: true };
  expect(SCHEMES.xnor.refusal(first)).toMatch(/raw image/);
  expect(SCHEMES.binary.refusal(first)).toBeNull();
});
