import type { Graph, NodeId } from '../../../core/graph/graph.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import type { Project, Variant } from '../../../core/project/schema.ts';
import { packedLayout, type PackedLayout } from '../../../core/export/packed/layout.ts';
import { withoutUnknown } from '../../../core/analysis/size.ts';
import { lower } from '../../../core/runtime/lower.ts';
import type { LoweredNetwork } from '../../../core/runtime/program.ts';
import { identityOf, networkKey, resultKey, type NetworkIdentity } from '../keys.ts';
import { memoisePerObject } from './memoise.ts';

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

export interface DeployedShape {
  readonly network: LoweredNetwork;
  readonly layout: PackedLayout;
}

const shapesByGraph = new WeakMap<Graph, WeakMap<Plan, DeployedShape>>();

/** What a plan becomes when it is deployed: its steps and the layout of its packed file, without looking at a weight. */
export function deployedShape(graph: Graph, plan: Plan): DeployedShape {
  let shapes = shapesByGraph.get(graph);
  if (!shapes) shapesByGraph.set(graph, (shapes = new WeakMap()));
  let shape = shapes.get(plan);
  if (!shape) {
    const { network } = lower(withoutUnknown(graph), plan);
    shapes.set(plan, (shape = { network, layout: packedLayout(network) }));
  }
  return shape;
}

/** Exact bytes of the packed weights file, per node and in all. */
export function sizeOf(graph: Graph, plan: Plan): PackedLayout {
  return deployedShape(graph, plan).layout;
}

/** Layer ids that a block, or the table with its filter, holds, in graph order. */
export function inGraphOrder(graph: Graph, layers: ReadonlySet<NodeId>): readonly NodeId[] {
  return graph.nodes.filter((node) => layers.has(node.id)).map((node) => node.id);
}
