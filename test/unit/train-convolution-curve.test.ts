import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { forceConvolution } from '../../core/train/kernels/convolution/choose.ts';
import { stepAdam } from '../../core/train/operators/adam.ts';
import { normals, startForTest } from './train-setup.ts';

beforeAll(startForTest);
afterEach(() => forceConvolution(null));

const BATCHES = 4;
const BATCH = 8;
const CLASSES = 5;
const STEPS = 40;

/** Losses of a small network of 5×5 and 3×3 convolutions, the same start and the same batches each time. */
function lossesWith(name: string): readonly number[] {
  forceConvolution(name);
  const shapes = [[5, 5, 4, 8], [3, 3, 8, 16], [16 * 9, CLASSES]];
  const weights = shapes.map((shape, i) => {
    const fan = shape.slice(0, -1).reduce((a, b) => a * b);
    return tf.variable(tf.tensor(normals(10 + i, fan * shape[shape.length - 1], Math.sqrt(2 / fan)), shape));
  });
  const moments = weights.map((weight) => [0, 1].map(() => tf.variable(tf.zerosLike(weight))));
  const batches = Array.from({ length: BATCHES }, (_, i) => ({
    images: tf.tensor4d(normals(20 + i, BATCH * 12 * 12 * 4), [BATCH, 12, 12, 4]),
    labels: tf.oneHot(tf.tensor1d(Array.from({ length: BATCH }, (__, j) => (3 * i + j) % CLASSES), 'int32'), CLASSES) as tf.Tensor2D,
  }));
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const { images, labels } = batches[step % BATCHES];
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const [first, second, dense] = weights;
        const small = tf.maxPool(tf.relu(tf.conv2d(images, first as tf.Tensor4D, 1, 'same')), 2, 2, 'valid');
        const smaller = tf.maxPool(tf.relu(tf.conv2d(small as tf.Tensor4D, second as tf.Tensor4D, 1, 'same')), 2, 2, 'valid');
        const logits = tf.matMul(tf.reshape(smaller, [BATCH, -1]), dense as tf.Tensor2D);
        return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1))) as tf.Scalar;
      });
      weights.forEach((weight, i) => stepAdam(weight, grads[weight.name], moments[i][0], moments[i][1], { learningRate: 1e-3, step, weightDecay: 0, limit: Number.POSITIVE_INFINITY }));
      losses.push(value.dataSync()[0]);
    });
  }
  tf.dispose([weights, moments, batches.map(({ images, labels }) => [images, labels])] as tf.TensorContainer);
  return losses;
}

it('Forty steps of Adam lose the same with tiles as with direct convolution, to a thousandth', () => {
  const direct = lossesWith('direct');
  expect(direct[STEPS - 1]).toBeLessThan(direct[0] / 2);
  for (const name of ['winograd 8×8', 'winograd 6×6']) {
    lossesWith(name).forEach((loss, step) => expect(Math.abs(loss - direct[step]), `${name}, step ${step}`).toBeLessThan(1e-3));
  }
});
