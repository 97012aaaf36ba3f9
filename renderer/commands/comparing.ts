import { CancelledError } from '../../core/base/errors.ts';
import { layersOf, type NodeId } from '../../core/graph/graph.ts';
import { choiceText } from '../../core/schemes/layer-facts.ts';
import type { Project } from '../../core/project/schema.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putInsight, putSpeed } from '../state/activity.ts';
import { COLUMN_LETTERS, comparingStore, shownColumns } from '../state/comparing.ts';
import { applyEdit, documentStore } from '../state/document.ts';
import { setChoiceIn } from '../state/edits/choice.ts';
import { schemeOf } from '../state/edits/plan.ts';
import { insightKey } from '../state/keys.ts';
import { notify } from '../state/session.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { tellFailure } from './fail.ts';
import { canRun, measureAccuracy, originalOf } from './measure.ts';
import { lacksData, modelOf, networkState } from './network-state.ts';

/** Images and interleaved rounds of a comparison; the same for every column. */
const COMPARE_SAMPLES = 1000;
const COMPARE_ROUNDS = 9;

const measuring = new Set<string>();
const views = new WeakMap<Project, Map<string, ActiveNetwork>>();

/** The project seen from one of its variants. */
export function networkOf(project: Project, variant: string): ActiveNetwork {
  if (variant === project.active) return activeNetwork(project);
  let known = views.get(project);
  if (!known) views.set(project, (known = new Map()));
  let network = known.get(variant);
  if (!network) known.set(variant, (network = activeNetwork({ ...project, active: variant })));
  return network;
}

/** Measures what is missing of a variant: accuracy on as many images as the others, and speed. */
export async function measureVariant(variant: string): Promise<void> {
  const { project } = documentStore.getState();
  if (!project?.variants[variant]) return;
  const network = networkOf(project, variant);
  if (measuring.has(network.key) || !canRun(network)) return;
  measuring.add(network.key);
  const signal = new AbortController().signal;
  try {
    const counts = Object.values(activityStore.getState().evaluations).map((evaluation) => evaluation.count);
    await measureAccuracy(network, Math.max(COMPARE_SAMPLES, ...counts), signal);
    if (!activityStore.getState().speeds[network.key]) await measureSpeedOf(network, signal);
  } catch (error) {
    if (!(error instanceof CancelledError)) tellFailure(error, `Measuring ${network.variant.name}`);
  } finally {
    measuring.delete(network.key);
  }
}

async function measureSpeedOf(network: ActiveNetwork, signal: AbortSignal): Promise<void> {
  const state = await networkState(network);
  const reference = modelOf(originalOf(network));
  const title = `Measuring speed of ${network.variant.name}`;
  putSpeed(network.key, await runJob('measureSpeed', { state, reference, rounds: COMPARE_ROUNDS }, { title, signal }));
}

/** Takes the precision of a layer from one variant into another, by default the one in work. */
export function copySetting(layer: NodeId, from: string, to?: string): void {
  const { project } = documentStore.getState();
  const source = project?.variants[from];
  const target = project?.variants[to ?? project.active];
  if (!project || !source || !target || source === target) return;
  const choice = source.plan[layer] ?? { scheme: 'float32' };
  if (choiceText(choice) === choiceText(target.plan[layer])) return;
  const changed = applyEdit(`Copy ${layer} from ${source.name}`, (current) => setChoiceIn(current, target.id, layer, choice));
  if (!changed) {
    const locked = target.lockedLayers.includes(layer);
    notify({ title: `${layer} stays as it is.`, body: locked ? `It is locked in ${target.name}.` : `${target.name} cannot take this setting.` });
    return;
  }
  const branch = documentStore.getState().project;
  if (!branch || branch.order.length === project.order.length) return;
  // The branch stands beside the columns that it came from, as far as there is room.
  const columns = shownColumns(project, comparingStore.getState().chosen);
  if (columns.length < COLUMN_LETTERS.length) comparingStore.setState({ chosen: [...columns, branch.active] });
  notify({ title: `${target.name} stays as it was measured.`, body: `${branch.variants[branch.active].name} branches from it with this setting.` });
}

/** Finds the signal to noise of every layer of these variants, in the background. Returns what stops it. */
export function inspectVariants(project: Project, variants: readonly string[]): () => void {
  const stop = new AbortController();
  void inspectAll(project, variants, stop.signal).catch((error: unknown) => tellFailure(error, 'Looking into the layers'));
  return () => stop.abort();
}

async function inspectAll(project: Project, variants: readonly string[], signal: AbortSignal): Promise<void> {
  for (const network of variants.map((variant) => networkOf(project, variant))) {
    if (lacksData(network)) continue;
    for (const { id: layer } of layersOf(network.graph)) {
      const key = insightKey(network, layer);
      if (schemeOf(network.plan, layer) === 'float32' || activityStore.getState().insights[key]) continue;
      if (signal.aborted) return;
      const state = await networkState(network);
      putInsight(key, await runJob('inspectLayer', { state, layer }, { title: `Looking into ${layer}`, signal, priority: -1 }));
    }
  }
}
