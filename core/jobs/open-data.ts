import { wilsonInterval } from '../analysis/statistics.ts';
import { createBreather } from '../base/breathe.ts';
import { throwIfAborted } from '../base/errors.ts';
import { PREPROCESS, type DataSet, type PreprocessId } from '../data/data-set.ts';
import { readDataSet } from '../data/index.ts';
import { checkFits, preprocessRefusal } from '../data/preprocess.ts';
import type { Model } from '../graph/graph.ts';
import { runnablePart } from '../graph/passes/runnable-part.ts';
import type { ServiceContext } from '../rpc/pipe.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { indexOfLargest } from '../tensor/divergence.ts';
import { sampleReader } from './batches.ts';
import type { CountProgress, Jobs } from './contract.ts';

/** Labelled samples each preprocessing is tried on; after the first ones only those that may still be the best go on. */
const FIRST_SAMPLES = 48;
const TRIED_SAMPLES = 200;

interface Trial {
  readonly id: PreprocessId;
  count: number;
  correct: number;
  /** Sum of −log p of the right class, in nats. */
  surprise: number;
}

export const openData: Jobs['openData'] = async ({ files, model, shape, label }, context) => {
  const data = await readDataSet(files, { shape: shape ?? model?.graph.inputs[0]?.shape.slice(1) ?? null, label: label ?? null, progress: readingProgress(context) });
  if (!model) return { data, preprocess: 'unit', tried: [] };
  checkFits(model, data);
  throwIfAborted(context.signal);
  const trials = await tryPreprocessing(model, data, context);
  return {
    data,
    preprocess: bestOf(trials)?.id ?? 'unit',
    tried: trials.map(({ id, correct, count }) => ({ id, accuracy: correct / count })),
  };
};

/** Images are decoded one after the other: that is told and can be stopped. */
function readingProgress({ signal, report }: ServiceContext<CountProgress>): (done: number, total: number) => Promise<void> {
  const breathe = createBreather(signal);
  return async (done, total) => {
    report({ done, total });
    await breathe();
  };
}

const mayBeBest = (trials: readonly Trial[]): Trial[] => {
  const lowest = Math.max(...trials.map(({ correct, count }) => wilsonInterval(correct, count).low));
  return trials.filter(({ correct, count }) => wilsonInterval(correct, count).high >= lowest);
};

/**
 * A network that ignores the scale of its input is as accurate with several. Among those that the samples cannot tell
 * apart, the one under which the network is least surprised by the right answers is the one it was trained with.
 */
function bestOf(trials: readonly Trial[]): Trial | null {
  const most = Math.max(...trials.map(({ count }) => count));
  const close = mayBeBest(trials.filter(({ count }) => count === most));
  return close.reduce<Trial | null>((best, trial) => (best && best.surprise <= trial.surprise ? best : trial), null);
}

/** The float network under each preprocessing that suits the data; empty without labels. */
async function tryPreprocessing(model: Model, data: DataSet, { signal, report }: ServiceContext<CountProgress>): Promise<Trial[]> {
  const { test } = data;
  const { labels } = test;
  if (!labels) return [];
  const ids = (Object.keys(PREPROCESS) as PreprocessId[]).filter((id) => preprocessRefusal(id, data) === null);
  const trials = ids.map((id): Trial => ({ id, count: 0, correct: 0, surprise: 0 }));
  // Spread over the file, because some keep their samples sorted by class, and in an order that serves both rounds.
  const count = Math.min(test.count, TRIED_SAMPLES);
  const picked = Array.from({ length: count }, (_, i) => Math.floor((i * test.count) / count));
  const stride = Math.max(1, Math.floor(count / FIRST_SAMPLES));
  const first = picked.filter((_, i) => i % stride === 0);
  const second = picked.filter((_, i) => i % stride !== 0);
  const runtime = createFloatRuntime(runnablePart(model));
  const breathe = createBreather(signal);
  let done = 0;
  for (const [round, indices] of [first, second].entries()) {
    const racing = round === 0 ? trials : mayBeBest(trials);
    for (const trial of racing) {
      const read = sampleReader(data, 'test', trial.id);
      for (const index of indices) {
        runtime.run(read(index));
        if (indexOfLargest(runtime.logits) === labels[index]) trial.correct++;
        trial.surprise += surpriseOf(runtime.logits, labels[index]);
        trial.count++;
        await breathe();
      }
      done += indices.length;
      report({ done, total: first.length * trials.length + second.length * racing.length });
    }
  }
  return trials;
}

/** −log softmax(logits)[label]. */
function surpriseOf(logits: Float32Array, label: number): number {
  const top = Math.max(...logits);
  return top + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0)) - logits[label];
}
