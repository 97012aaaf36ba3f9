import * as tf from '@tensorflow/tfjs-core';
import type { Batches } from './batches.ts';
import type { Judge } from './judge.ts';
import type { Parameters } from './network/parameters.ts';
import { DEPLOYED_MODE, type BatchNormNode, type SimulatedNetwork } from './network/simulate.ts';

/** Training batches whose statistics are averaged. */
export const MOST_BATCHES = 40;

class Totals {
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  batches = 0;

  constructor(channels: number) {
    this.mean = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  add(mean: Float32Array, variance: Float32Array): void {
    for (let c = 0; c < mean.length; c++) {
      this.mean[c] += mean[c];
      this.squares[c] += variance[c] + mean[c] * mean[c];
    }
    this.batches++;
  }
}

/**
 * Batch norm statistics of the finished weights, over training batches, in place of the running ones that lag behind them
 * (METHODS §7.5). Kept only if the held-out loss falls.
 */
export async function reEstimateBatchNorm(
  parts: { readonly network: SimulatedNetwork; readonly parameters: Parameters; readonly batches: Batches; readonly judge: Judge; readonly shape: readonly number[] },
  steps: number,
  breathe: () => Promise<void>,
): Promise<void> {
  const { network, parameters, batches, judge, shape } = parts;
  const totals = new Map<BatchNormNode, Totals>();
  const observe = (node: BatchNormNode, mean: Float32Array, variance: Float32Array): void => {
    const known = totals.get(node) ?? new Totals(mean.length);
    known.add(mean, variance);
    totals.set(node, known);
  };
  for (let step = 0; step < Math.min(MOST_BATCHES, steps); step++) {
    const { images, indices } = batches.at(step);
    tf.tidy(() => {
      network.run(tf.tensor(images, [indices.length, ...shape]), { ...DEPLOYED_MODE, observe });
    });
    await breathe();
  }
  if (totals.size === 0) return;
  const before = await judge.judge(DEPLOYED_MODE, breathe);
  const replaced: { readonly target: Float32Array; readonly old: Float32Array }[] = [];
  const put = (target: Float32Array, values: Float64Array): void => {
    replaced.push({ target, old: target.slice() });
    target.set(values);
  };
  for (const [node, { mean, squares, batches: count }] of totals) {
    const average = mean.map((sum) => sum / count);
    put(parameters.statistic(node.weights.mean), average);
    put(parameters.statistic(node.weights.variance), squares.map((sum, c) => Math.max(sum / count - average[c] * average[c], 0)));
  }
  const after = await judge.judge(DEPLOYED_MODE, breathe);
  if (judge.count > 0 && !(after.loss < before.loss)) replaced.forEach(({ target, old }) => target.set(old));
}
