import { RecentMap } from '../base/recent-map.ts';
import { createBreather } from '../base/breathe.ts';
import { wilsonInterval } from '../analysis/statistics.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { checkFits } from '../data/preprocess.ts';
import type { Model } from '../graph/graph.ts';
import { createEngine } from '../kernels/load.ts';
import { deploy, networkKey } from '../runtime/deploy.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';
import { createFloatRuntime, NO_CALIBRATION } from '../runtime/watch.ts';
import { indexOfLargest, softmaxDivergence } from '../tensor/divergence.ts';
import type { Program } from '../runtime/program.ts';
import { sampleReader } from './batches.ts';
import type { CountProgress, Evaluation, Jobs } from './contract.ts';
import type { ServiceContext } from '../rpc/pipe.ts';

/** Float answers of one data set, kept because every variant is compared with them. */
const referenceLogits = new RecentMap<string, Float32Array>(4);

interface References {
  logits(index: number, sample: Float32Array): Float32Array;
}

function referencesOf(model: Model, key: string, outputs: number, count: number): References {
  const known = referenceLogits.get(key);
  const logits = known ?? new Float32Array(outputs * count).fill(Number.NaN);
  if (!known) referenceLogits.set(key, logits);
  let runtime: Runtime | null = null;
  return {
    logits: (index, sample) => {
      const view = logits.subarray(index * outputs, (index + 1) * outputs);
      if (Number.isNaN(view[0])) {
        runtime ??= createFloatRuntime(model);
        runtime.run(sample);
        view.set(runtime.logits);
      }
      return view;
    },
  };
}

/** Counts right answers of a deployed network over test samples offset … offset + limit. */
export async function evaluateProgram(
  program: Program,
  arg: { readonly reference?: Model; readonly referenceKey?: string; readonly data: DataSet; readonly preprocess: PreprocessId; readonly offset: number; readonly limit: number },
  { signal, report }: Pick<ServiceContext<CountProgress & { readonly correct: number }>, 'signal' | 'report'>,
): Promise<Evaluation> {
  const { data, preprocess, reference } = arg;
  const { labels, count: available } = data.test;
  const offset = Math.min(arg.offset, available);
  const count = Math.min(arg.limit, available - offset);
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
  const read = sampleReader(data, 'test', preprocess);
  const outputs = program.network.buffers[program.network.outputs[0]].shape.reduce((product, size) => product * size, 1);
  const references = reference && referencesOf(reference, `${arg.referenceKey}/${data.hash}/${preprocess}`, outputs, available);
  const predictions = new Int32Array(count);
  const breathe = createBreather(signal);
  const started = performance.now();
  let correct = 0;
  let divergence = 0;
  for (let i = 0; i < count; i++) {
    const sample = read(offset + i);
    runtime.run(sample);
    const { logits } = runtime;
    const answer = indexOfLargest(logits);
    predictions[i] = answer;
    const expected = references?.logits(offset + i, sample);
    if (expected) divergence += softmaxDivergence(expected, logits);
    const right = labels ? labels[offset + i] : expected ? indexOfLargest(expected) : answer;
    if (answer === right) correct++;
    if (i % 16 === 15) {
      report({ done: i + 1, total: count, correct });
      await breathe();
    }
  }
  return {
    count,
    correct,
    accuracy: count > 0 ? correct / count : 0,
    measure: labels ? 'accuracy' : 'agreement',
    interval: wilsonInterval(correct, count),
    predictions,
    divergence: count > 0 ? divergence / count : 0,
    milliseconds: performance.now() - started,
  };
}

export const evaluate: Jobs['evaluate'] = async ({ state, reference, data, preprocess, offset, limit }, context) => {
  checkFits(state.model, data);
  const compared = reference ? { reference, referenceKey: modelKey(reference) } : {};
  return evaluateProgram(deploy(state), { ...compared, data, preprocess, offset, limit }, context);
};

function modelKey(model: Model): string {
  return networkKey({ model, plan: {}, calibration: NO_CALIBRATION });
}
