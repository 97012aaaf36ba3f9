import { compareValues } from '../analysis/gap/values.ts';
import type { Judge } from '../analysis/gap/gap.ts';
import { walkLength, walkPlans } from '../analysis/gap/walk.ts';
import { createBreather } from '../base/breathe.ts';
import { checkFits } from '../data/preprocess.ts';
import { networkKey } from '../runtime/deploy.ts';
import type { SampleSource } from '../runtime/recorded-run.ts';
import { createFloatRuntime } from '../runtime/watch.ts';
import { sampleReader } from './batches.ts';
import type { Jobs, NetworkState } from './contract.ts';

/** How many images pass between two reports of a share done. */
const REPORT_EVERY = 32;

/** Same graph, weights and ranges: one plan can be turned into the other. */
function differInPlanOnly(before: NetworkState, after: NetworkState): boolean {
  return networkKey({ ...before, plan: {} }) === networkKey({ ...after, plan: {} });
}

export const explainGap: Jobs['explainGap'] = async ({ before, after, reference, data, preprocess, samples }, { signal, report }) => {
  for (const { model } of [before, after]) checkFits(model, data);
  const images: SampleSource = { count: Math.min(samples, data.test.count), at: sampleReader(data, 'test', preprocess) };
  const walks = differInPlanOnly(before, after);
  const runs = walks ? walkLength({ model: before.model, before: before.plan, after: after.plan }) : 1;
  const total = images.count + runs * (images.count + 1);
  let done = 0;
  const breathe = createBreather(signal);
  const advance = async (): Promise<void> => {
    if (++done % REPORT_EVERY === 0) report({ done, total });
    await breathe();
  };

  const float = createFloatRuntime(reference);
  const expected: Float32Array[] = [];
  for (let image = 0; image < images.count; image++) {
    float.run(images.at(image));
    expected.push(float.logits.slice());
    await advance();
  }
  const judge: Judge = { expected, labels: data.test.labels };
  if (!walks) return compareValues({ before, after, reference, images, judge }, advance);
  const { model, calibration } = before;
  return walkPlans({ model, calibration, before: before.plan, after: after.plan, images, judge }, advance, (soFar) => report({ done, total, soFar }));
};
