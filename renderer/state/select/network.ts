import type { Graph, NodeId } from '../../../core/graph/graph.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import type { Project, Variant } from '../../../core/project/schema.ts';
import { packedSize } from '../../../core/analysis/size.ts';
import { identityOf, networkKey, resultKey, type NetworkIdentity } from '../keys.ts';
import { memoisePerObject } from './memoise.ts';

export type PackedSize = ReturnType<typeof packedSize>;

export interface ActiveNetwork {
  readonly project: Project;
  readonly variant: Variant;
  readonly identity: NetworkIdentity;
  readonly graph: Graph;
  readonly plan: Plan;
  /** Key of what was measured of this plan. */
  readonly key: string;
  /** Key of what was measured of the network whatever the plan: calibration, sensitivity, ladder timings. */
  readonly networkKey: string;
}

/** The variant being worked on, with everything that is derived from it. */
export const activeNetwork: (project: Project) => ActiveNetwork = memoisePerObject((project) => {
  const variant = project.variants[project.active];
  const identity = identityOf(project, variant);
  return {
    project,
    variant,
    identity,
    graph: identity.graph,
    plan: variant.plan,
    key: resultKey(project, variant),
    networkKey: networkKey(project, identity),
  };
});

const sizesByGraph = new WeakMap<Graph, WeakMap<Plan, PackedSize>>();

/** Exact bytes of the packed weights file, per layer and in all. */
export function sizeOf(graph: Graph, plan: Plan): PackedSize {
  let sizes = sizesByGraph.get(graph);
  if (!sizes) sizesByGraph.set(graph, (sizes = new WeakMap()));
  let size = sizes.get(plan);
  if (!size) sizes.set(plan, (size = packedSize(graph, plan)));
  return size;
}

/** Layer ids that a block, or the table with its filter, holds, in graph order. */
export function inGraphOrder(graph: Graph, layers: ReadonlySet<NodeId>): readonly NodeId[] {
  return graph.nodes.filter((node) => layers.has(node.id)).map((node) => node.id);
}
