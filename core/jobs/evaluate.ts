import { RecentMap } from '../base/recent-map.ts';
import { createBreather } from '../base/breathe.ts';
import { wilsonInterval } from '../analysis/statistics.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import { checkFits } from '../data/preprocess.ts';
import { elementCount, type Model } from '../graph/graph.ts';
import { createEngine } from '../kernels/load.ts';
import { deploy, networkKey } from '../runtime/deploy.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';
import { fitCodesAhead } from '../runtime/fit-codes.ts';
import { createFloatRuntime, NO_CALIBRATION } from '../runtime/watch.ts';
import { indexOfLargest, softmaxDivergence } from '../tensor/divergence.ts';
import type { Program } from '../runtime/program.ts';
import type { RecordedRun } from '../runtime/recorded-run.ts';
import { sampleReader } from './batches.ts';
import { ProbeRuns } from './probe-runs.ts';
import { PROBES, type CountProgress, type Evaluation, type Jobs } from './contract.ts';
import type { ServiceContext } from '../rpc/pipe.ts';

/** Float answers of one data set, kept because every variant is compared with them. */
const referenceLogits = new RecentMap<string, Float32Array>(4);

/** Samples that are answered however long they take. */
const FEWEST = 16;

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

/** Answers of one deployed network, sample by sample; the logits are a view that the next call overwrites. */
interface Answers {
  readonly outputs: number;
  logits(index: number, sample: Float32Array): Float32Array;
}

function answersOf(program: Program): Answers {
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
  return {
    outputs: runtime.logits.length,
    logits: (_, sample) => {
      runtime.run(sample);
      return runtime.logits;
    },
  };
}

/** The same from its recording, which each answer adds to. */
function recordedAnswers(recorded: RecordedRun): Answers {
  return { outputs: outputsOf(recorded.program), logits: (index) => recorded.record(index) };
}

/** What is counted, and how far. */
export interface EvaluatedSamples {
  readonly reference?: Model;
  readonly referenceKey?: string;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  readonly offset: number;
  readonly limit: number;
  /** Stops behind the sample that takes longer, all work before it included. */
  readonly withinMs?: number;
}

type EvaluationContext = Pick<ServiceContext<CountProgress & { readonly correct: number }>, 'signal' | 'report'>;

/** Counts right answers of a deployed network over test samples offset … offset + limit. */
export async function evaluateProgram(program: Program, samples: EvaluatedSamples, context: EvaluationContext): Promise<Evaluation> {
  return evaluateAnswers(answersOf(program), samples, context, performance.now());
}

async function evaluateAnswers(answers: Answers, samples: EvaluatedSamples, { signal, report }: EvaluationContext, started: number): Promise<Evaluation> {
  const { data, preprocess, reference, withinMs = Number.POSITIVE_INFINITY } = samples;
  const { labels, count: available } = data.test;
  const offset = Math.min(samples.offset, available);
  const total = Math.min(samples.limit, available - offset);
  const read = sampleReader(data, 'test', preprocess);
  const references = reference && referencesOf(reference, `${samples.referenceKey}/${data.hash}/${preprocess}`, answers.outputs, available);
  const predictions = new Int32Array(total);
  const breathe = createBreather(signal);
  let count = 0;
  let correct = 0;
  let divergence = 0;
  while (count < total && !(count >= FEWEST && performance.now() - started > withinMs)) {
    const index = offset + count;
    const sample = read(index);
    const logits = answers.logits(index, sample);
    const answer = indexOfLargest(logits);
    predictions[count] = answer;
    const expected = references?.logits(index, sample);
    if (expected) divergence += softmaxDivergence(expected, logits);
    const right = labels ? labels[index] : expected ? indexOfLargest(expected) : answer;
    if (answer === right) correct++;
    count++;
    if (count % 16 === 0) {
      report({ done: count, total, correct });
      await breathe();
    }
  }
  return {
    count,
    correct,
    accuracy: count > 0 ? correct / count : 0,
    measure: labels ? 'accuracy' : 'agreement',
    interval: wilsonInterval(correct, count),
    predictions: predictions.slice(0, count),
    divergence: count > 0 ? divergence / count : 0,
    milliseconds: performance.now() - started,
  };
}

/** The plan in work: what is computed of it is kept for the next edit. */
const probeRuns = new ProbeRuns();

export const evaluate: Jobs['evaluate'] = async ({ state, reference, follow = false, ...rest }, context) => {
  const started = performance.now();
  checkFits(state.model, rest.data);
  const samples = reference ? { ...rest, reference, referenceKey: modelKey(reference) } : rest;
  await fitCodesAhead(state.model, state.plan, state.calibration, createBreather(context.signal));
  const isProbed = follow && rest.offset + rest.limit <= PROBES;
  const answers = isProbed ? recordedAnswers(probeRuns.of(state, rest.data, rest.preprocess)) : answersOf(deploy(state));
  return evaluateAnswers(answers, samples, context, started);
};

function outputsOf({ network }: Program): number {
  return elementCount(network.buffers[network.outputs[0]].shape);
}

function modelKey(model: Model): string {
  return networkKey({ model, plan: {}, calibration: NO_CALIBRATION });
}
