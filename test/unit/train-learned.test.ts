import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayOps, channelTensor, fullTensor } from '../../core/quant/array-ops.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import { LearnedScale } from '../../core/train/network/learned-scale.ts';
import { Parameters } from '../../core/train/network/parameters.ts';
import { tanhTransform, ZERO_MEAN } from '../../core/train/network/weight-transform.ts';
import { fakeQuantiseWeights, type LayerQuantiser } from '../../core/train/network/weights.ts';
import { addOnLearnedGrid, putOnLearnedGrid, type LearnedGrid } from '../../core/train/operators/learned-grid.ts';
import { normals, relativeError, startForTest } from './train-setup.ts';

beforeAll(startForTest);

const CHANNELS = 5;
const FAN_IN = 18;
const data = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array;
const weights = normals(81, FAN_IN * CHANNELS, 0.5);
const upstream = normals(82, weights.length);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);

type CodedScheme = 'int8' | 'int4' | 'ternary' | 'binary';

function quantiserOf(id: CodedScheme, changes: Partial<LayerQuantiser>): LayerQuantiser {
  const { weights: formula, options } = SCHEMES[id];
  if (!formula) throw new Error(`${id} has no formula`);
  return { layer: 'layer', scheme: id, formula, options: initialValues(options), channels: CHANNELS, transform: null, scale: { kind: 'recomputed', exact: false }, ...changes };
}

/** Codes, mask and scale on plain arrays. */
function onArrays({ formula, options }: LayerQuantiser, values: Float32Array): { readonly codes: Float32Array; readonly mask: Float32Array; readonly scale: Float32Array } {
  const array = fullTensor(values, CHANNELS);
  const scale = formula.scale(arrayOps, array, options);
  const { codes, gradientMask } = formula.codes(arrayOps, array, scale, options);
  return { codes: codes.data, mask: gradientMask.data, scale: scale.data };
}

const sumPerChannel = (values: ArrayLike<number>): number[] => Array.from({ length: CHANNELS }, (_, c) => Array.from(values).reduce((sum, value, i) => (i % CHANNELS === c ? sum + value : sum), 0));

const noModel = { graph: { name: 'none', inputs: [], nodes: [], outputs: [], weights: {} }, weights: new Map() } as const;

function learnedOf(start: Float32Array): LearnedScale {
  return new LearnedScale(new Parameters(noModel), 'scale', start);
}

const seen = (w: tf.Tensor, { transform }: LayerQuantiser): tf.Tensor => transform?.apply(w, CHANNELS) ?? w;
const loss = (quantiser: LayerQuantiser) => (w: tf.Tensor): tf.Scalar => tf.sum(tf.mul(fakeQuantiseWeights(seen(w, quantiser), quantiser), tf.tensor2d(upstream, [FAN_IN, CHANNELS])));
const latent = (values = weights): tf.Tensor => tf.tensor2d(values, [FAN_IN, CHANNELS]);

describe.each(['binary', 'ternary'] as const)('The level α of %s weights', (id) => {
  it('has its exact gradient by the weights, by differences, besides the straight-through one', () => {
    const quantiser = quantiserOf(id, { scale: { kind: 'recomputed', exact: true } });
    const { mask, scale } = onArrays(quantiser, weights);
    const gradient = data(tf.grad(loss(quantiser))(latent()));
    const value = (values: Float32Array): number => {
      const { codes, scale: alpha } = onArrays(quantiser, values);
      return dot(upstream, Array.from(codes, (code, i) => code * alpha[i % CHANNELS]));
    };
    const step = 2 ** -10;
    const expected = Array.from(weights, (_, i) => {
      const moved = (by: number): number => value(weights.map((w, k) => (k === i ? w + by : w)));
      return upstream[i] * scale[i % CHANNELS] * mask[i] + (moved(step) - moved(-step)) / (2 * step);
    });
    // Differences of float32 sums.
    expect(relativeError(gradient, expected)).toBeLessThan(1e-3);
    const { codes } = onArrays(quantiser, weights);
    const products = sumPerChannel(Array.from(codes, (code, i) => code * upstream[i]));
    const counts = sumPerChannel(codes.map(Math.abs));
    const closed = Array.from(weights, (_, i) => upstream[i] * scale[i % CHANNELS] * mask[i] + (codes[i] / counts[i % CHANNELS]) * products[i % CHANNELS]);
    expect(relativeError(gradient, closed)).toBeLessThan(1e-6);
  });

  it('when learned has the gradient Σ g·code, and the weights have g·α inside ±1', () => {
    const learned = learnedOf(Float32Array.from({ length: CHANNELS }, (_, c) => 0.1 * (c + 1)));
    learned.ratio.assign(tf.tensor1d([1, 0.9, 1.2, 1.1, 0.8]));
    const quantiser = quantiserOf(id, { scale: { kind: 'learned', learned } });
    const wide = weights.map((w) => w * 2);
    const { codes, mask } = onArrays(quantiser, wide);
    const { grads } = tf.variableGrads(() => loss(quantiser)(latent(wide)), [learned.ratio]);
    const products = sumPerChannel(Array.from(codes, (code, i) => code * upstream[i]));
    expect(relativeError(data(grads[learned.ratio.name]), products.map((product, c) => product * learned.start[c]))).toBeLessThan(1e-6);
    const level = learned.current();
    expect(relativeError(data(tf.grad(loss(quantiser))(latent(wide))), Array.from(upstream, (g, i) => g * mask[i] * level[i % CHANNELS]))).toBeLessThan(1e-6);
  });
});

describe('Two learned levels of ternary weights', () => {
  const { weights: formula, options } = SCHEMES.ternary;
  const two = { ...initialValues(options), levels: 'two' };

  it('start as the means of the two sides', () => {
    const array = fullTensor(weights, CHANNELS);
    const scale = formula!.scale(arrayOps, array, two).data;
    const { codes } = formula!.codes(arrayOps, array, channelTensor(scale), two);
    for (let c = 0; c < CHANNELS; c++) {
      for (const side of [1, -1]) {
        const kept = Array.from(weights.keys()).filter((i) => i % CHANNELS === c && Math.sign(codes.data[i]) === side);
        const mean = kept.reduce((sum, i) => sum + Math.abs(weights[i]), 0) / kept.length;
        expect(Math.abs(Math.abs(codes.data[kept[0]]) * scale[c] - mean)).toBeLessThanOrEqual(scale[c] * 0.501);
        expect(new Set(kept.map((i) => codes.data[i])).size).toBe(1);
      }
    }
  });

  it('have the gradients of TTQ, the minus of the lower one included, by differences', () => {
    const learned = learnedOf(Float32Array.of(0.5, 0.6, 0.4, 0.7, 0.5, 0.3, 0.9, 0.4, 0.2, 0.6));
    const quantiser = quantiserOf('ternary', { options: two, scale: { kind: 'levels', learned } });
    const { codes, mask } = onArrays(quantiserOf('ternary', {}), weights);
    const value = (magnitudes: readonly number[]): number => Array.from(codes).reduce((sum, code, i) => sum + upstream[i] * (code > 0 ? magnitudes[i % CHANNELS] : code < 0 ? -magnitudes[CHANNELS + (i % CHANNELS)] : 0), 0);
    const at = [...learned.current()];
    const expected = at.map((_, p) => (value(at.map((m, q) => (p === q ? m + 1e-4 : m))) - value(at.map((m, q) => (p === q ? m - 1e-4 : m)))) / 2e-4);
    const { grads } = tf.variableGrads(() => loss(quantiser)(latent()), [learned.ratio]);
    expect(relativeError(data(grads[learned.ratio.name]), expected.map((g, p) => g * learned.start[p]))).toBeLessThan(1e-5);
    const values = tf.tidy(() => data(fakeQuantiseWeights(latent(), quantiser)));
    // Levels lie on 1/127 of the larger one.
    values.forEach((w, i) => expect(Math.abs(w - (codes[i] > 0 ? at[i % CHANNELS] : codes[i] < 0 ? -at[CHANNELS + (i % CHANNELS)] : 0))).toBeLessThan(0.9 / 127));
    const through = Array.from(values, (w, i) => upstream[i] * mask[i] * (w === 0 ? 1 : Math.abs(w)));
    expect(relativeError(data(tf.grad(loss(quantiser))(latent())), through)).toBeLessThan(1e-6);
  });
});

describe.each(['int8', 'int4'] as const)('Learned steps of %s weights', (id) => {
  it('have the gradient of LSQ, and start where the error is least', () => {
    const { largestCode } = SCHEMES[id];
    const plain = quantiserOf(id, {});
    const learned = learnedOf(onArrays(plain, weights).scale);
    expect([...learned.current()]).toEqual([...onArrays(plain, weights).scale]);
    // Small enough that some weights lie beyond the grid.
    learned.ratio.assign(tf.tensor1d([1.05, 0.6, 0.8, 0.7, 0.5]));
    const steps = learned.current();
    const quantiser = quantiserOf(id, { scale: { kind: 'learned', learned } });
    const { grads } = tf.variableGrads(() => loss(quantiser)(latent()), [learned.ratio]);
    const slopes = Array.from(weights, (w, i) => {
      const position = w / steps[i % CHANNELS];
      return Math.abs(position) > largestCode ? Math.sign(w) * largestCode : Math.round(position) - position;
    });
    expect(slopes.filter((slope) => Math.abs(slope) === largestCode).length).toBeGreaterThan(3);
    const expected = sumPerChannel(slopes.map((slope, i) => slope * upstream[i])).map((sum, c) => (sum * learned.start[c]) / Math.sqrt(FAN_IN * largestCode));
    expect(relativeError(data(grads[learned.ratio.name]), expected)).toBeLessThan(1e-5);
    const inside = Array.from(weights, (w, i) => (Math.abs(w) <= steps[i % CHANNELS] * largestCode ? upstream[i] : 0));
    expect(relativeError(data(tf.grad(loss(quantiser))(latent())), inside)).toBeLessThan(1e-6);
  });

  it('never fall below 1e-6', () => {
    const learned = learnedOf(Float32Array.of(0.1, 0.1, 0.1, 0.1, 0.1));
    learned.ratio.assign(tf.tensor1d([-3, 0, 1e-9, 1, 2]));
    expect([...learned.current()]).toEqual([1e-6, 1e-6, 1e-6, 0.1, 0.2].map(Math.fround));
  });
});

describe('Functions of the latent weights', () => {
  it('with zero mean pass a gradient that has none either', () => {
    const quantiser = quantiserOf('binary', { transform: ZERO_MEAN });
    const shifted = weights.map((w) => w + 0.3);
    const centred = tf.tidy(() => data(ZERO_MEAN.apply(latent(shifted), CHANNELS)));
    expect(Math.max(...sumPerChannel(centred).map(Math.abs))).toBeLessThan(1e-5);
    const through = Array.from(upstream, (g, i) => g * Number(Math.abs(centred[i]) <= 1));
    const means = sumPerChannel(through).map((sum) => sum / FAN_IN);
    expect(relativeError(data(tf.grad(loss(quantiser))(latent(shifted))), through.map((g, i) => g - means[i % CHANNELS]))).toBeLessThan(1e-5);
  });

  it('through tanh begin at the kernel itself and have the derivative of tanh, by differences', () => {
    const largest = Float32Array.of(Math.max(...weights.map(Math.abs)));
    const transform = tanhTransform(largest);
    const start = transform.inverse(weights);
    expect(relativeError(tf.tidy(() => data(transform.apply(latent(start), CHANNELS))), weights)).toBeLessThan(1e-6);
    const gradient = data(tf.grad((w: tf.Tensor) => tf.sum(tf.mul(transform.apply(w, CHANNELS), tf.tensor2d(upstream, [FAN_IN, CHANNELS]))))(latent(start)));
    const top = Math.max(...start.map((w) => Math.abs(Math.tanh(w))));
    const f = (w: number): number => (largest[0] * Math.tanh(w)) / top;
    expect(relativeError(gradient, Array.from(start, (w, i) => (upstream[i] * (f(w + 1e-5) - f(w - 1e-5))) / 2e-5))).toBeLessThan(1e-5);
  });
});

describe('A learned grid', () => {
  const SHAPE = [2, 3, 3, 4];
  const x = normals(83, 72, 4);
  const g = normals(84, 72);
  const learned = (rule: LearnedGrid['rule'], zeroPoint: number): LearnedGrid & { readonly ratio: tf.Variable } => {
    const ratio = tf.variable(tf.tensor1d([0.9]));
    return { grid: { scale: Math.fround(0.02 * Math.fround(0.9)), zeroPoint }, ratio, start: Math.fround(0.02), rule };
  };
  const gradients = (of: LearnedGrid & { readonly ratio: tf.Variable }, values: Float32Array): readonly [Float32Array, Float32Array] => {
    const weighted = (input: tf.Tensor): tf.Scalar => tf.sum(tf.mul(putOnLearnedGrid(input, of), tf.tensor(g, SHAPE)));
    const { grads } = tf.variableGrads(() => weighted(tf.tensor(values, SHAPE)), [of.ratio]);
    return [data(tf.grad(weighted)(tf.tensor(values, SHAPE))), data(grads[of.ratio.name])];
  };

  it('has the gradient of LSQ for its step', () => {
    const of = learned('step', 20);
    const { scale } = of.grid;
    const [low, high] = [-148, 107];
    const slopes = Array.from(x, (value) => {
      const position = value / scale;
      return position < low - 0.5 ? low : position > high + 0.5 ? high : Math.min(Math.max(Math.round(position), low), high) - position;
    });
    expect(slopes.filter((slope) => slope === low || slope === high).length).toBeGreaterThan(5);
    const [dx, dRatio] = gradients(of, x);
    expect(relativeError(dRatio, [(dot(slopes, g) * of.start) / Math.sqrt(36 * high)])).toBeLessThan(1e-5);
    expect(dx.every((value, i) => value === (slopes[i] === low || slopes[i] === high ? 0 : g[i]))).toBe(true);
  });

  it('has the gradient of PACT for its end, by differences', () => {
    const of = learned('clip', -128);
    const rectified = x.map((value) => Math.max(value, 0));
    const [dx, dRatio] = gradients(of, rectified);
    // The clip alone, without the rounding, and half the square of its end.
    const clipped = (ratio: number): number => {
      const end = of.start * ratio * 255;
      return Array.from(rectified).reduce((sum, value, i) => sum + g[i] * Math.min(value, end), 0) + (1e-4 * end * end) / 2;
    };
    expect(relativeError(dRatio, [(clipped(0.9 + 1e-6) - clipped(0.9 - 1e-6)) / 2e-6])).toBeLessThan(1e-4);
    const end = of.grid.scale * 255;
    expect(dx.every((value, i) => value === (rectified[i] < end ? g[i] : 0))).toBe(true);
  });

  it('of a sum has one gradient for both operands', () => {
    const of = learned('step', 0);
    const grid = { scale: 0.05, zeroPoint: 0 };
    const [a, b] = [85, 86].map((seed) => normals(seed, 72, 2).map((value) => Math.fround(Math.round(value / 0.05) * 0.05)));
    const weighted = (left: tf.Tensor, right: tf.Tensor): tf.Scalar => tf.sum(tf.mul(addOnLearnedGrid(left, right, { a: grid, b: grid }, of), tf.tensor(g, SHAPE)));
    const [da, db] = tf.grads(weighted)([tf.tensor(a, SHAPE), tf.tensor(b, SHAPE)]);
    expect([...data(da)]).toEqual([...data(db)]);
    const { grads } = tf.variableGrads(() => weighted(tf.tensor(a, SHAPE), tf.tensor(b, SHAPE)), [of.ratio]);
    const [, expected] = gradients(of, a.map((value, i) => Math.fround(value + b[i])));
    expect(relativeError(data(grads[of.ratio.name]), expected)).toBeLessThan(1e-3);
  });
});
