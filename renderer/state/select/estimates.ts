import { layersOf } from '../../../core/graph/graph.ts';
import type { ActivityState } from '../activity.ts';
import { schemeOf } from '../edits/plan.ts';
import type { ActiveNetwork } from './network.ts';

/**
 * Milliseconds of the plan from the kernel table measured here: the layers' times at their rungs, and for everything
 * between them what a measured run of the float network took beyond its layers.
 */
export function estimatedMilliseconds(network: ActiveNetwork, known: Pick<ActivityState, 'ladders' | 'speeds'>): number | null {
  const timings = known.ladders[network.project.source.weightsHash];
  if (!timings) return null;
  let now = 0;
  let float = 0;
  for (const layer of layersOf(network.graph)) {
    const row = timings[layer.id];
    const here = row?.[schemeOf(network.plan, layer.id)];
    if (here === undefined || row?.float32 === undefined) return null;
    now += here;
    float += row.float32;
  }
  const floatRun = Object.entries(known.speeds).find(([key]) => key.startsWith(`${network.networkKey}/`))?.[1].floatMilliseconds;
  return now + Math.max(0, (floatRun ?? float) - float);
}
