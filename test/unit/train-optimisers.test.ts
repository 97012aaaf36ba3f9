import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Parameters } from '../../core/train/network/parameters.ts';
import { createOptimiser } from '../../core/train/optimiser.ts';
import { stepMomentum } from '../../core/train/operators/momentum.ts';
import { buildSampleNetwork } from '../../core/train/sample-network.ts';
import { along, firstDifference, startPaths, type Paths } from './train-paths.ts';
import { normals, relativeError } from './train-setup.ts';

let paths: Paths;
beforeAll(async () => {
  paths = await startPaths();
});
afterAll(() => paths.dispose());

const SIZE = 5003;
const FREE = { learningRate: 0.01, weightDecay: 0, limit: Number.POSITIVE_INFINITY, nesterov: false };

/** Weights and velocity after five steps with seeded gradients. */
function fiveSteps(numbers: typeof FREE): readonly Float32Array[] {
  const [weights, velocity] = [normals(1, SIZE), new Float32Array(SIZE)].map((values) => tf.variable(tf.tensor1d(values)));
  for (let step = 0; step < 5; step++) stepMomentum(weights, tf.tensor1d(normals(10 + step, SIZE)), velocity, numbers);
  return [weights, velocity].map((variable) => (variable.dataSync() as Float32Array).slice());
}

describe('SGD with momentum', () => {
  it.each([false, true])('is the one of tfjs, compiled and plain (Nesterov: %s)', (nesterov) => {
    const oracle = tf.variable(tf.tensor1d(normals(1, SIZE)));
    const optimiser = tf.train.momentum(0.01, 0.9, nesterov);
    for (let step = 0; step < 5; step++) optimiser.applyGradients([{ name: oracle.name, tensor: tf.tensor1d(normals(10 + step, SIZE)) }]);
    for (const kernels of [paths.plain, paths.one, paths.two]) {
      const [weights] = along(kernels, () => fiveSteps({ ...FREE, nesterov }));
      expect(relativeError(weights, oracle.dataSync())).toBeLessThan(1e-6);
    }
  });

  it('with decay and limits agrees with its plain loop, and two threads give the bytes of one', () => {
    const numbers = { ...FREE, learningRate: 0.2, weightDecay: 0.1, limit: 1, nesterov: true };
    const [plain, one, two] = [paths.plain, paths.one, paths.two].map((kernels) => along(kernels, () => fiveSteps(numbers)));
    one.forEach((values, i) => {
      expect(relativeError(values, plain[i])).toBeLessThan(1e-6);
      expect(firstDifference(values, two[i])).toBe(-1);
    });
    expect(Math.max(...one[0])).toBe(1);
  });
});

describe.each(['adam', 'sgd', 'nesterov'] as const)('An optimiser over a network (%s)', (kind) => {
  const options = { learningRate: 0.01, weightDecay: 0, limits: new Map() };
  /** One step along seeded gradients. */
  const step = (parameters: Parameters, optimiser: ReturnType<typeof createOptimiser>, seed: number, more = {}): void =>
    tf.tidy(() => optimiser.apply(new Map([...parameters.variables].map(([id, { shape, size }], i) => [id, tf.tensor(normals(seed + i, size), shape)])), { ...options, ...more }));
  const start = (): { parameters: Parameters; optimiser: ReturnType<typeof createOptimiser> } => {
    const parameters = new Parameters(buildSampleNetwork(3));
    return { parameters, optimiser: createOptimiser(kind, parameters) };
  };

  it('goes on from its state as if it had not stopped, and starts anew when reset', () => {
    const { parameters, optimiser } = start();
    step(parameters, optimiser, 100);
    const [state, weights] = [optimiser.state(), parameters.values()];
    step(parameters, optimiser, 200);
    const expected = parameters.values();
    parameters.restore(weights);
    optimiser.reset();
    expect(optimiser.state().steps).toBe(0);
    optimiser.restore(state);
    step(parameters, optimiser, 200);
    for (const [id, values] of expected) expect(firstDifference(parameters.values().get(id) as Float32Array, values), id).toBe(-1);
    expect(state.second.size).toBe(kind === 'adam' ? state.first.size : 0);
  });

  it('leaves frozen weights alone', () => {
    const { parameters, optimiser } = start();
    const before = parameters.values();
    const kept = tf.memory().numTensors;
    for (const seed of [100, 200]) step(parameters, optimiser, seed, { frozen: new Set(['conv1/kernel']) });
    expect(tf.memory().numTensors).toBe(kept);
    const after = parameters.values();
    expect(after.get('conv1/kernel')).toEqual(before.get('conv1/kernel'));
    expect(after.get('conv2/kernel')).not.toEqual(before.get('conv2/kernel'));
  });
});
