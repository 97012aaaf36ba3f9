import { mcnemarExact, wilsonInterval } from '../analysis/statistics.ts';
import { createBreather } from '../base/breathe.ts';
import { throwIfAborted } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import { onGrid } from '../data/codes.ts';
import { PREPROCESS, type DataSet, type PreprocessId } from '../data/data-set.ts';
import { readDataSet } from '../data/index.ts';
import { checkFits, preprocessRefusal } from '../data/preprocess.ts';
import type { Model } from '../graph/graph.ts';
import { multiplyAccumulatesOf } from '../graph/ops.ts';
import { runnablePart } from '../graph/passes/runnable-part.ts';
import type { ServiceContext } from '../rpc/pipe.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { indexOfLargest } from '../tensor/divergence.ts';
import { sampleReader } from './batches.ts';
import type { CountProgress, Jobs } from './contract.ts';

/** Labelled samples each preprocessing is tried on, round by round: after each, only those that may still be the best go on. */
const ROUND_ENDS = [48, 200, 1000] as const;
/** Multiply-accumulates that the last round may cost for each of them: a large network is not run a thousand times. */
const LAST_ROUND_OPERATIONS = 4e9;
const SEED = 1;

interface Trial {
  readonly id: PreprocessId;
  /** Of each sample so far, whether the network was right. */
  readonly right: boolean[];
}

export const openData: Jobs['openData'] = async ({ files, model, shape, label, inputGrid }, context) => {
  const read = await readDataSet(files, { shape: shape ?? model?.graph.inputs[0]?.shape.slice(1) ?? null, label: label ?? null, progress: readingProgress(context) });
  const data = inputGrid ? onGrid(read, inputGrid) : read;
  if (!model) return { data, preprocess: 'unit', tried: [] };
  checkFits(model, data);
  throwIfAborted(context.signal);
  const trials = await tryPreprocessing(model, data, context);
  return {
    data,
    preprocess: bestOf(trials)?.id ?? 'unit',
    tried: trials.map((trial) => ({ id: trial.id, accuracy: correctOf(trial) / trial.right.length, count: trial.right.length })),
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

const correctOf = ({ right }: Trial): number => right.filter(Boolean).length;

const mayBeBest = (trials: readonly Trial[]): Trial[] => {
  const lowest = Math.max(...trials.map((trial) => wilsonInterval(correctOf(trial), trial.right.length).low));
  return trials.filter((trial) => wilsonInterval(correctOf(trial), trial.right.length).high >= lowest);
};

/** The commonest first: chosen where the samples cannot tell it from a rarer one. */
const HABIT: Readonly<Record<PreprocessId, number>> = { unit: 0, raw: 1, signed: 2, imagenet: 3, cifar: 4, mnist: 5, int8: 6, 'divided-signed': 7, 'divided-imagenet': 8 };

/**
 * The most accurate, or a commoner one that is within chance of it on the same samples. How sure the network is of its answers
 * says nothing here: a wrong preprocessing with small values makes it careful, one with large values makes it sure.
 */
function bestOf(trials: readonly Trial[]): Trial | null {
  const most = Math.max(...trials.map(({ right }) => right.length));
  const whole = trials.filter(({ right }) => right.length === most);
  if (whole.length === 0) return null;
  const best = whole.reduce((found, other) => (correctOf(other) > correctOf(found) ? other : found));
  const equal = whole.filter((trial) => !isBelow(trial, best));
  return equal.toSorted((a, b) => HABIT[a.id] - HABIT[b.id])[0];
}

/** From this probability on, a difference may be chance. */
const CHANCE = 0.05;

/** Whether the first is right less often on the same samples, by more than chance. */
function isBelow({ right }: Trial, best: Trial): boolean {
  const lost = right.filter((is, i) => !is && best.right[i]).length;
  const gained = right.filter((is, i) => is && !best.right[i]).length;
  return lost > gained && mcnemarExact(lost, gained) < CHANCE;
}

/** The float network under each preprocessing that suits the data; empty without labels. */
async function tryPreprocessing(model: Model, data: DataSet, { signal, report }: ServiceContext<CountProgress>): Promise<Trial[]> {
  const { test } = data;
  const { labels } = test;
  if (!labels) return [];
  const ids = (Object.keys(PREPROCESS) as PreprocessId[]).filter((id) => preprocessRefusal(id, data) === null);
  const trials = ids.map((id): Trial => ({ id, right: [] }));
  const [firstEnd, secondEnd, lastEnd] = ROUND_ENDS;
  const operations = model.graph.nodes.reduce((sum, node) => sum + multiplyAccumulatesOf(node, model.graph.weights), 0);
  const count = Math.min(test.count, lastEnd, secondEnd + Math.floor(LAST_ROUND_OPERATIONS / Math.max(1, operations)));
  // Spread over the file, because some keep their samples sorted by class, and in an order that serves every round.
  const picked = createRandom(SEED).shuffle(Array.from({ length: count }, (_, i) => Math.floor((i * test.count) / count)));
  const rounds = [picked.slice(0, firstEnd), picked.slice(firstEnd, secondEnd), picked.slice(secondEnd)].filter((indices) => indices.length > 0);
  const runtime = createFloatRuntime(runnablePart(model));
  const breathe = createBreather(signal);
  let done = 0;
  for (const [round, indices] of rounds.entries()) {
    const racing = round === 0 ? trials : mayBeBest(trials);
    // One that has no rival left is not run again.
    if (racing.length === 1 && round > 1) break;
    const total = done + indices.length * racing.length;
    for (const trial of racing) {
      const read = sampleReader(data, 'test', trial.id);
      for (const index of indices) {
        runtime.run(read(index));
        trial.right.push(indexOfLargest(runtime.logits) === labels[index]);
        await breathe();
      }
      done += indices.length;
      report({ done, total });
    }
  }
  return trials;
}
