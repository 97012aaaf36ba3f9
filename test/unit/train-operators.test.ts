import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainingKernels, setTrainingKernels } from '../../core/train/backend/active-kernels.ts';
import { stepAdam } from '../../core/train/operators/adam.ts';
import { distil } from '../../core/train/operators/distillation.ts';
import { SIGN_ESTIMATORS, type SignEstimator, type SignEstimatorId } from '../../core/train/operators/estimators.ts';
import { putOnGrid } from '../../core/train/operators/int8-grid.ts';
import { takeSigns } from '../../core/train/operators/sign-input.ts';
import { normals, relativeError, startForTest } from './train-setup.ts';

beforeAll(startForTest);

const data = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array;

const ESTIMATORS = Object.keys(SIGN_ESTIMATORS) as readonly SignEstimatorId[];

function slopeOf(id: SignEstimatorId, x: number, progress: number): number {
  const { slope, strength }: SignEstimator = SIGN_ESTIMATORS[id];
  return slope(x, strength(progress));
}

describe('One-bit inputs', () => {
  const values = normals(31, 4 * 3 * 5);
  const shift = Float32Array.of(0.3, -0.2, 0, 1, -1);

  it('are +1 exactly where x + shift ≥ 0, and the two kinds of zero are +1', () => {
    const x = tf.tensor2d([-0.3, 0.2, 0, -0, 1, 0.29, -0.31, 1e-9], [2, 4]);
    const y = data(takeSigns(x, tf.tensor1d([0.3, -0.2, 0, 0]), { forward: 'sign', estimator: 'approximate', progress: 0 }, null));
    expect([...y]).toEqual([1, 1, 1, 1, 1, 1, -1, 1]);
  });

  for (const estimator of ESTIMATORS) {
    it.each([null, Float32Array.of(1, 2, 0.5, 3, 1)])(`have the ${estimator} gradient for input and shift, in steps of %o`, (inverse) => {
      const x = tf.tensor2d(values, [12, 5]);
      const upstream = normals(32, values.length);
      for (const progress of [0, 0.4, 1]) {
        const f = (input: tf.Tensor, threshold: tf.Tensor): tf.Scalar =>
          tf.sum(tf.mul(takeSigns(input, threshold, { forward: 'sign', estimator, progress }, inverse), tf.tensor2d(upstream, [12, 5])));
        const [dx, dShift] = tf.grads(f)([x, tf.tensor1d(shift)]);
        const steps = (i: number): number => inverse?.[i % 5] ?? 1;
        const expected = Array.from(values, (v, i) => upstream[i] * steps(i) * slopeOf(estimator, Math.fround(v + shift[i % 5]) * steps(i), progress));
        const sums = Array.from({ length: 5 }, (_, c) => expected.reduce((sum, g, i) => (i % 5 === c ? sum + g : sum), 0));
        expect(relativeError(data(dx), expected)).toBeLessThan(1e-6);
        expect(relativeError(data(dShift), sums)).toBeLessThan(1e-6);
      }
    });
  }

  it('in the soft start are cut off at ±1, with the gradient of that', () => {
    const x = tf.tensor2d([-1.5, -0.4, 0.3, 2], [2, 2]);
    const f = (input: tf.Tensor): tf.Tensor => takeSigns(input, tf.zeros([2]), { forward: 'hardtanh', estimator: 'swish', progress: 0 }, null);
    expect(relativeError(data(f(x)), [-1, -0.4, 0.3, 1])).toBeLessThan(1e-6);
    expect([...data(tf.grad((input) => tf.sum(f(input)))(x))]).toEqual([0, 1, 1, 0]);
  });
});

describe('Estimators of the sign’s derivative', () => {
  /** The functions whose derivatives stand in, by the papers; the sign itself is none of them. */
  const functions: Readonly<Record<SignEstimatorId, (x: number, progress: number) => number>> = {
    approximate: (x) => (x < -1 ? -1 : x < 0 ? 2 * x + x * x : x < 1 ? 2 * x - x * x : 1),
    clipped: (x) => Math.min(Math.max(x, -1), 1),
    swish: (x) => 2 * (1 / (1 + Math.exp(-5 * x))) * (1 + 5 * x * (1 - 1 / (1 + Math.exp(-5 * x)))) - 1,
    ede: (x, progress) => {
      const t = 10 ** (2 * progress - 1);
      return Math.max(1 / t, 1) * Math.tanh(t * x);
    },
    reste: (x, progress) => {
      const order = 1 + 2 * (1 - Math.cos((Math.PI * progress) / 2));
      const a = Math.min(Math.abs(x), 1.5);
      return Math.sign(x) * (a <= 0.1 ? (a * 0.1 ** (1 / order)) / 0.1 : a ** (1 / order));
    },
  };

  it.each(ESTIMATORS)('%s is the derivative of its function, by differences', (id) => {
    for (const progress of [0, 0.3, 1]) {
      for (let x = -2.005; x < 2; x += 0.01) {
        const difference = (functions[id](x + 1e-5, progress) - functions[id](x - 1e-5, progress)) / 2e-5;
        expect(Math.abs(slopeOf(id, x, progress) - difference), `${x} at ${progress}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
      }
    }
  });
});

describe('An int8 grid', () => {
  const grid = { scale: Math.fround(0.05), zeroPoint: -3 };

  it('rounds half to even and saturates', () => {
    const steps = [0.5, 1.5, 2.5, -0.5, -1.5, 500, -500];
    const y = data(putOnGrid(tf.tensor1d(steps.map((step) => step * 0.0625)), { scale: 0.0625, zeroPoint: -3 }));
    expect([...y].map((value) => value / 0.0625 + 0)).toEqual([0, 2, 2, 0, -2, 130, -125]);
  });

  it('passes the gradient inside its range only', () => {
    const low = (-128 - grid.zeroPoint) * grid.scale;
    const high = (127 - grid.zeroPoint) * grid.scale;
    const x = tf.tensor1d([low - 1, low + 0.001, 0, high - 0.001, high + 1]);
    expect([...data(tf.grad((input) => tf.sum(putOnGrid(input, grid)))(x))]).toEqual([0, 1, 1, 1, 0]);
  });
});

describe('The loss', () => {
  const logits = normals(33, 6 * 4, 2);
  const teacher = normals(34, 6 * 4, 2);
  const labels = Int32Array.of(0, 1, 2, 3, 0, 2);

  /** The same from tfjs' own log-softmax. */
  function composed(z: tf.Tensor, share: number, temperature: number): tf.Scalar {
    const entropy = tf.neg(tf.mean(tf.sum(tf.mul(tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 4), 'float32'), tf.logSoftmax(z as tf.Tensor2D)), 1)));
    const theirs = tf.div(tf.tensor2d(teacher, [6, 4]), temperature);
    const difference = tf.sub(tf.logSoftmax(theirs), tf.logSoftmax(tf.div(z, temperature)));
    const divergence = tf.mean(tf.sum(tf.mul(tf.softmax(theirs), difference), 1));
    return tf.add(tf.mul(entropy, 1 - share), tf.mul(divergence, share * temperature ** 2));
  }

  it.each([[0.7, 1], [0.3, 4], [0, 1], [1, 2]])('with teacher share %s at temperature %s is that of compositions, and so is its gradient', (teacherShare, temperature) => {
    let correct = -1;
    const z = tf.tensor2d(logits, [6, 4]);
    const ours = tf.valueAndGrad((x: tf.Tensor) => distil(x, { labels, teacher, teacherShare, temperature }, (outcome) => (correct = outcome.correct)))(z);
    const expected = tf.valueAndGrad((x: tf.Tensor) => composed(x, teacherShare, temperature))(z);
    expect(relativeError(data(ours.value), data(expected.value))).toBeLessThan(1e-5);
    expect(relativeError(data(ours.grad), data(expected.grad))).toBeLessThan(1e-5);
    const answers = tf.argMax(z, 1).dataSync();
    expect(correct).toBe([...labels].filter((label, i) => label === answers[i]).length);
  });

  it('without labels is the teacher alone', () => {
    const z = tf.tensor2d(logits, [6, 4]);
    const value = data(distil(z, { labels: null, teacher, teacherShare: 0.7, temperature: 1 }, () => {}));
    expect(relativeError(value, data(composed(z, 1, 1)))).toBeLessThan(1e-5);
  });
});

describe('Adam', () => {
  const variable = (values: Float32Array): tf.Variable => tf.variable(tf.tensor1d(values));

  for (const kind of ['compiled', 'plain'] as const) {
    it(`is the one of tfjs over five steps, ${kind}`, () => {
      const compiled = setTrainingKernels(kind === 'plain' ? null : trainingKernels());
      try {
        const oracle = variable(normals(35, 9));
        const adam = tf.train.adam(0.01, 0.9, 0.999, 1e-7);
        const [weights, first, second] = [normals(35, 9), new Float32Array(9), new Float32Array(9)].map(variable);
        for (let step = 1; step <= 5; step++) {
          const gradient = tf.tensor1d(normals(40 + step, 9));
          adam.applyGradients([{ name: oracle.name, tensor: gradient }]);
          stepAdam(weights, gradient, first, second, { learningRate: 0.01, step, weightDecay: 0, limit: Number.POSITIVE_INFINITY });
        }
        expect(relativeError(data(weights), data(oracle))).toBeLessThan(1e-5);
      } finally {
        setTrainingKernels(compiled);
      }
    });

    it(`keeps limited weights within their limit, ${kind}`, () => {
      const compiled = setTrainingKernels(kind === 'plain' ? null : trainingKernels());
      try {
        const [weights, first, second] = [Float32Array.of(0.999, -0.999), new Float32Array(2), new Float32Array(2)].map(variable);
        stepAdam(weights, tf.tensor1d([-1, 1]), first, second, { learningRate: 0.5, step: 1, weightDecay: 0, limit: 1 });
        expect([...data(weights)]).toEqual([1, -1]);
      } finally {
        setTrainingKernels(compiled);
      }
    });
  }
});
