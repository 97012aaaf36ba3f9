import { CancelledError } from '../../core/base/errors.ts';
import type { NodeId } from '../../core/graph/graph.ts';
import type { FixTrial } from '../../core/jobs/analysis-results.ts';
import { choiceText } from '../../core/schemes/layer-facts.ts';
import type { LayerChoice } from '../../core/schemes/scheme.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putTriedFixes, type TriedFixes } from '../state/activity.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { setChoice } from '../state/edits/choice.ts';
import { insightKey, triedFixesKey } from '../state/keys.ts';
import { layerTable } from '../state/select/layers.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { notify, sessionStore } from '../state/session.ts';
import { tellFailure } from './fail.ts';
import { canRun, originalOf } from './measure.ts';
import { dataOf, modelOf, networkState } from './network-state.ts';

/** Images on which fixes are tried, fewer where the network is large. */
const MOST_IMAGES = 1000;
const FEWEST_IMAGES = 100;
const MULTIPLY_ACCUMULATES = 1.5e10;

let trying: { readonly key: string; readonly layer: NodeId; readonly stop: AbortController } | null = null;

/** Stops what is being tried when its network is no longer the one in work. */
export function stopTryingUnless(keyOf: (layer: NodeId) => string | null): void {
  if (trying && keyOf(trying.layer) !== trying.key) stopTrying();
}

export function stopTrying(): void {
  trying?.stop.abort();
  trying = null;
}

/** On how many images fixes of this network are tried. */
export function probeImages(network: ActiveNetwork): number {
  const each = Object.values(layerTable(network.graph)).reduce((sum, { multiplyAccumulates }) => sum + multiplyAccumulates, 1);
  const wanted = Math.min(MOST_IMAGES, Math.max(FEWEST_IMAGES, Math.floor(MULTIPLY_ACCUMULATES / each)));
  const data = dataOf(network);
  return Math.min(wanted, (data?.train ?? data?.test)?.count ?? 0);
}

/** Why the fixes of the focused layer cannot be tried now, or true. */
export function canTryFixes(): true | string {
  const { project } = documentStore.getState();
  const layer = sessionStore.getState().focused;
  if (!project || layer === null) return 'No layer is selected';
  const network = activeNetwork(project);
  if (!project.data) return 'No data is open';
  if (!canRun(network)) return 'The network has operators that the studio does not run';
  const diagnosis = activityStore.getState().diagnoses[insightKey(network, layer)];
  return (diagnosis?.fixes.length ?? 0) > 0 ? true : 'Nothing is known that could help this layer';
}

/** Measures every fix that the causes of the focused layer suggest. What is tried already is not tried again. */
export async function tryFixes(): Promise<void> {
  const { project } = documentStore.getState();
  const layer = sessionStore.getState().focused;
  if (canTryFixes() !== true || !project || layer === null) return;
  const network = activeNetwork(project);
  const data = dataOf(network);
  const diagnosis = activityStore.getState().diagnoses[insightKey(network, layer)];
  if (!data || !project.data || !diagnosis) return;
  const key = triedFixesKey(network, layer);
  if (trying?.key === key) return;
  stopTrying();
  const stop = new AbortController();
  trying = { key, layer, stop };
  const known = activityStore.getState().triedFixes[key]?.trials ?? [];
  const tried = new Set(known.map(({ choice }) => choiceText(choice)));
  const choices = diagnosis.fixes.map(({ choice }) => choice).filter((choice) => !tried.has(choiceText(choice)));
  const samples = probeImages(network);
  const trials: FixTrial[] = [...known];
  const put = (isRunning: boolean): void => {
    const fields: Omit<TriedFixes, 'trials' | 'isRunning'> = { samples, measure: data.test.labels ? 'accuracy' : 'agreement', split: data.train ? 'train' : 'test' };
    putTriedFixes(key, { ...fields, trials: [...trials], isRunning });
  };
  put(true);
  try {
    const state = await networkState(network);
    const arg = { state, reference: modelOf(originalOf(network)), layer, choices, data, preprocess: project.data.preprocess, samples };
    await runJob('tryFixes', arg, {
      title: `Trying fixes for ${layer}`,
      signal: stop.signal,
      priority: 1,
      onProgress: ({ trial }) => {
        if (!trial || stop.signal.aborted) return;
        trials.push(trial);
        put(true);
      },
    });
  } catch (error) {
    if (!(error instanceof CancelledError)) tellFailure(error, `Trying fixes for ${layer}`);
  } finally {
    put(false);
    if (trying?.stop === stop) trying = null;
  }
}

/** A fix is an edit like any other: one step of the history. */
export function applyFix(layer: NodeId, choice: LayerChoice, title: string): void {
  const changed = applyEdit(`${layer}: ${title}`, (project) => setChoice(project, layer, choice));
  if (!changed) notify({ title: `${layer} stays as it is.`, body: 'It is locked, or cannot take this choice.' });
}
