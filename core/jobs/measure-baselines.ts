import { createBreather } from '../base/breathe.ts';
import { StudioError } from '../base/errors.ts';
import { interleave, spreadOf } from '../bench/interleave.ts';
import { timingSample } from '../bench/measure.ts';
import { startBackend } from '../train/backend/start.ts';
import { TensorflowFloatNetwork } from '../train/network/float-network.ts';
import type { Jobs } from './contract.ts';
import { timedPair } from './measure-speed.ts';

/** Both sum float32 in an order of their own. Further apart than this they are not the same network. */
const LARGEST_DIFFERENCE = 1e-3;

export const measureBaselines: Jobs['measureBaselines'] = async ({ state, reference, rounds, environment }, { signal, report }) => {
  const backend = await startBackend(environment.tfjsWasmPath);
  const sample = timingSample(reference);
  const { float, current } = timedPair(state, reference);
  const tensorflow = new TensorflowFloatNetwork(reference);
  try {
    const difference = relativeDifference(float.runtime.run(sample), tensorflow.run(sample));
    if (!(difference <= LARGEST_DIFFERENCE)) {
      throw new StudioError(`TensorFlow.js answers differently (by ${(100 * difference).toFixed(2)} %), so its time says nothing about this network.`, {
        where: reference.graph.name,
        next: 'This is a defect of the comparison; the other figures are not touched by it.',
      });
    }
    const breathe = createBreather(signal);
    let done = 0;
    // A network that is still float32 is one of the two contenders already.
    const ours = current === float ? [float] : [current, float];
    const contenders = [{ run: () => void tensorflow.run(sample) }, ...ours.map(({ runtime }) => ({ run: () => void runtime.run(sample) }))];
    const { milliseconds, rounds: measured } = await interleave(contenders, {
      rounds,
      breathe: async () => {
        report({ done: Math.min(++done, rounds), total: rounds });
        await breathe();
      },
    });
    const [theirs, currentMs, floatMs = currentMs] = milliseconds;
    const against = (times: readonly number[]) => spreadOf(times.map((time, round) => theirs[round] / time));
    return {
      current: spreadOf(currentMs),
      float: spreadOf(floatMs),
      tensorflow: spreadOf(theirs),
      ratio: against(currentMs),
      floatRatio: against(floatMs),
      rounds: measured,
      backend,
      environment: current.engine.description,
      difference,
    };
  } finally {
    tensorflow.dispose();
  }
};

function relativeDifference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  const largest = ours.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const difference = ours.reduce((top, value, i) => Math.max(top, Math.abs(value - theirs[i])), 0);
  return difference / Math.max(largest, Number.MIN_VALUE);
}
