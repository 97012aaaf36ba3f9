import type { Graph, NodeId } from '../../core/graph/graph.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { sha256 } from '../../core/base/hash.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import type { DataReference, Project, Variant } from '../../core/project/schema.ts';

/** Raised when a job starts to compute something else, so that older results are not shown for it. */
const RESULT_VERSION = 1;

/** The plan as canonical text: layers in graph order, float32 layers left out, options sorted. */
export function planText(graph: Graph, plan: Plan): string {
  const parts: string[] = [];
  for (const layer of layersOf(graph)) {
    const choice = plan[layer.id];
    if (!choice || choice.scheme === 'float32') continue;
    const options = Object.entries(choice.options ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    parts.push(`${layer.id}=${choice.scheme}${options.length ? JSON.stringify(options) : ''}`);
  }
  return parts.join(';');
}

export interface NetworkIdentity {
  readonly graph: Graph;
  readonly weightsHash: string;
  /** Fixed by training; null when calibration follows the data. */
  readonly calibrationHash: string | null;
}

/** The network a variant stands on: the source, or the trained graph and weights. */
export function identityOf(project: Project, variant: Variant): NetworkIdentity {
  if (variant.trained) return variant.trained;
  return { graph: project.source.graph, weightsHash: project.source.weightsHash, calibrationHash: null };
}

/** Network and data: what calibration, sensitivity and ladder timings depend on. */
export function networkKey(project: Project, identity: NetworkIdentity): string {
  const data = project.data ? `${project.data.hash}/${project.data.preprocess}` : '-';
  return `${RESULT_VERSION}/${identity.weightsHash}/${identity.calibrationHash ?? '-'}/${data}`;
}

/** Hash of the weights that a key of `networkKey` or `resultKey` is about; null for keys of another version. */
export function weightsOfKey(key: string): string | null {
  const [version, weightsHash] = key.split('/', 2);
  return version === String(RESULT_VERSION) ? (weightsHash ?? null) : null;
}

const resultKeys = new WeakMap<Project, Map<string, string>>();

/** Everything a measurement of this variant depends on. */
export function resultKey(project: Project, variant: Variant): string {
  let keys = resultKeys.get(project);
  if (!keys) resultKeys.set(project, (keys = new Map()));
  let key = keys.get(variant.id);
  if (key === undefined) {
    key = resultKeyOfPlan(project, identityOf(project, variant), variant.plan);
    keys.set(variant.id, key);
  }
  return key;
}

export function resultKeyOfPlan(project: Project, identity: NetworkIdentity, plan: Plan): string {
  return `${networkKey(project, identity)}/${sha256(planText(identity.graph, plan)).slice(0, 16)}`;
}

/** The float network on the same data: the baseline of every meter. */
export function baselineKey(project: Project): string {
  let key = baselineKeys.get(project);
  if (key === undefined) baselineKeys.set(project, (key = makeBaselineKey(project)));
  return key;
}

const baselineKeys = new WeakMap<Project, string>();

function makeBaselineKey(project: Project): string {
  const identity = { graph: project.source.graph, weightsHash: project.source.weightsHash, calibrationHash: null };
  return resultKeyOfPlan(project, identity, {});
}

/** What the inspector shows depends on the layer's own choice only, so it outlives edits of other layers. */
export function insightKey(network: { readonly networkKey: string; readonly plan: Plan }, layer: NodeId): string {
  return `${network.networkKey}#${layer}=${JSON.stringify(network.plan[layer] ?? null)}`;
}

export function channelKey(network: Parameters<typeof insightKey>[0], layer: NodeId, channel: number): string {
  return `${insightKey(network, layer)}/${channel}`;
}

/** Both networks and the images: the first so many of the test set. */
export function gapKey(before: { readonly key: string }, after: { readonly key: string }, images: number): string {
  return `${before.key}→${after.key}/${images}`;
}

/** Fixes are measured at the network's output, so they belong to the whole plan. */
export function triedFixesKey(network: { readonly key: string }, layer: NodeId): string {
  return `${network.key}#${layer}`;
}

/** What was found out about a data set with a network: which preprocessing it answers best with. */
export function dataKey({ source }: Project, data: Pick<DataReference, 'hash'>): string {
  return `${source.weightsHash}/${data.hash}`;
}

/** Calibration depends on the preprocessing too. */
export function dataCheckKey(project: Project, data: DataReference): string {
  return `${dataKey(project, data)}/${data.preprocess}`;
}
