import { CancelledError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putGap } from '../state/activity.ts';
import type { VariantPair } from '../state/comparing.ts';
import { documentStore } from '../state/document.ts';
import { networkOf } from './comparing.ts';
import { tellFailure } from './fail.ts';
import { originalOf } from './measure.ts';
import { dataOf, modelOf, networkState } from './network-state.ts';

/** Explains the gap of a pair as the project stands, unless that is known by its key. Returns what stops it: another pair, or nobody who looks. */
export function explainGap(key: string, pair: VariantPair, samples: number): () => void {
  const stop = new AbortController();
  void explain(key, pair, samples, stop.signal).catch((error: unknown) => {
    if (!(error instanceof CancelledError)) tellFailure(error, 'Explaining the gap');
  });
  return () => stop.abort();
}

async function explain(key: string, pair: VariantPair, samples: number, signal: AbortSignal): Promise<void> {
  const { project } = documentStore.getState();
  if (!project || activityStore.getState().gaps[key]?.isComplete) return;
  const [before, after] = [networkOf(project, pair.before), networkOf(project, pair.after)];
  const data = dataOf(before);
  if (!data || !project.data) return;
  const states = { before: await networkState(before), after: await networkState(after) };
  const reference = modelOf(originalOf(before));
  const gap = await runJob(
    'explainGap',
    { ...states, reference, data, preprocess: project.data.preprocess, samples },
    {
      title: 'Explaining the gap',
      signal,
      priority: 1,
      onProgress: ({ soFar }) => {
        if (soFar && !signal.aborted) putGap(key, { gap: soFar, isComplete: false });
      },
    },
  );
  putGap(key, { gap, isComplete: true });
}
