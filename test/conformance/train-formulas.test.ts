import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayOps, fullTensor } from '../../core/quant/array-ops.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import { fakeQuantiseWeights, type LayerQuantiser } from '../../core/train/network/weights.ts';
import { tensorOps } from '../../core/train/tensor-ops.ts';
import { normals, startForTest } from '../unit/train-setup.ts';

beforeAll(startForTest);

const CHANNELS = 7;

/** Gaussian weights with the values where formulas can differ: zeros of both signs, ties, a channel of zeros, tiny ones. */
function weightsOf(seed: number): Float32Array {
  const values = normals(seed, 45 * CHANNELS, 0.4);
  values.set([0, -0, 1e-9, -1e-9, 0.5, -0.5, 1]);
  for (let i = 0; i < values.length; i += CHANNELS) values[i + 6] = 0;
  return values;
}

for (const scheme of Object.values(SCHEMES)) {
  const { weights: formula } = scheme;
  if (!formula) continue;
  const options = initialValues(scheme.options);
  describe(`${scheme.name} on arrays and on tfjs`, () => {
    for (const seed of [21, 22, 23]) {
      it(`gives the same codes, scales and gradient masks, seed ${seed}`, () => {
        const values = weightsOf(seed);
        const array = fullTensor(values, CHANNELS);
        const scale = formula.scale(arrayOps, array, options);
        const expected = formula.codes(arrayOps, array, scale, options);
        const [ours, codes, mask] = tf.tidy(() => {
          const tensor = tf.tensor2d(values, [45, CHANNELS]);
          const own = formula.scale(tensorOps, tensor, options);
          const result = formula.codes(tensorOps, tensor, own, options);
          return [own.dataSync(), result.codes.dataSync(), result.gradientMask.dataSync()];
        });
        expect([...ours]).toEqual([...scale.data]);
        // −0 and 0 are one code.
        expect([...codes].map((code) => code + 0)).toEqual([...expected.codes.data].map((code) => code + 0));
        expect([...mask]).toEqual([...expected.gradientMask.data]);
      });
    }

    it('passes the gradient through unchanged where the mask is 1, and not at all elsewhere', () => {
      const values = weightsOf(24).map((w) => w * 4);
      const array = fullTensor(values, CHANNELS);
      const scale = formula.scale(arrayOps, array, options);
      const { codes, gradientMask } = formula.codes(arrayOps, array, scale, options);
      const quantiser: LayerQuantiser = { layer: 'x', scheme: scheme.id, formula, options, channels: CHANNELS, transform: null, scale: { kind: 'recomputed', exact: false } };
      const upstream = normals(25, values.length);
      const { value, gradient } = tf.tidy(() => {
        const weights = tf.tensor4d(values, [3, 3, 5, CHANNELS]);
        const weighted = (w: tf.Tensor): tf.Scalar => tf.sum(tf.mul(fakeQuantiseWeights(w, quantiser), tf.tensor4d(upstream, [3, 3, 5, CHANNELS])));
        return { value: fakeQuantiseWeights(weights, quantiser).dataSync(), gradient: tf.grad(weighted)(weights).dataSync() };
      });
      expect(value.every((w, i) => w === Math.fround(codes.data[i] * scale.data[i % CHANNELS]))).toBe(true);
      expect(gradient.every((g, i) => g === upstream[i] * gradientMask.data[i])).toBe(true);
      expect(gradientMask.data.some((m) => m === 1)).toBe(true);
    });
  });
}
