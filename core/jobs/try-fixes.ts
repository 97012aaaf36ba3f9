import { packedSize } from '../analysis/size.ts';
import { gainOf, summarise, type ProbeAnswers } from '../analysis/diagnosis/trial.ts';
import { createBreather } from '../base/breathe.ts';
import { checkFits, samplesOf } from '../data/preprocess.ts';
import { createEngine } from '../kernels/load.ts';
import { deploy, deployOnce } from '../runtime/deploy.ts';
import type { Program } from '../runtime/program.ts';
import { createRuntime } from '../runtime/run.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { indexOfLargest, softmaxDivergence } from '../tensor/divergence.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { FixTrial } from './analysis-results.ts';
import type { Jobs } from './contract.ts';

/** How many images pass between two reports of a share done. */
const REPORT_EVERY = 32;

export const tryFixes: Jobs['tryFixes'] = async ({ state, reference, layer, choices, data, preprocess, samples }, { signal, report }) => {
  checkFits(state.model, data);
  const split = calibrationSplit(data);
  const from = samplesOf(data, split);
  // The last images: calibration and re-estimation take the first.
  const count = Math.min(samples, from.count);
  const first = from.count - count;
  const read = sampleReader(data, split, preprocess);
  const breathe = createBreather(signal);
  const total = (choices.length + 2) * count;
  let done = 0;
  const advance = async (): Promise<void> => {
    if (++done % REPORT_EVERY === 0) report({ done, total });
    await breathe();
  };

  const float = createFloatRuntime(reference);
  const expected: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    float.run(read(first + i));
    expected.push(float.logits.slice());
    await advance();
  }
  const answersOf = async (program: Program): Promise<ProbeAnswers> => {
    const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
    const answers = { divergence: new Float64Array(count), right: new Uint8Array(count) };
    for (let i = 0; i < count; i++) {
      runtime.run(read(first + i));
      answers.divergence[i] = softmaxDivergence(expected[i], runtime.logits);
      answers.right[i] = indexOfLargest(runtime.logits) === (from.labels?.[first + i] ?? indexOfLargest(expected[i])) ? 1 : 0;
      await advance();
    }
    return answers;
  };

  const before = await answersOf(deploy(state));
  const beforeBytes = packedSize(state.model.graph, state.plan).totalBytes;
  const baseline = summarise(before);
  const trials: FixTrial[] = [];
  for (const choice of choices) {
    const plan = { ...state.plan, [layer]: choice };
    const after = await answersOf(deployOnce({ ...state, plan }));
    const bytes = packedSize(state.model.graph, plan).totalBytes - beforeBytes;
    const trial: FixTrial = { choice, bytes, ...summarise(after), gain: gainOf(before, after) };
    trials.push(trial);
    report({ done, total, trial, baseline });
  }
  return { baseline, trials, measure: from.labels ? 'accuracy' : 'agreement', split };
};
