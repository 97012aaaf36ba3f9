import { forecastMilliseconds, tableMilliseconds, type MeasuredPlan, type NetworkCosts } from '../../../core/bench/forecast.ts';
import { layersOf } from '../../../core/graph/graph.ts';
import type { SpeedMeasurement } from '../../../core/jobs/contract.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import type { ActivityState } from '../activity.ts';
import { schemeOf } from '../edits/plan.ts';
import { baselineKey } from '../keys.ts';
import { deployedShape, type ActiveNetwork } from './network.ts';

export type KnownTimes = Pick<ActivityState, 'ladders' | 'operators' | 'conversions' | 'speeds'>;

/** What the kernel table knows of the network; null before it is measured. */
export function costsOf({ project }: ActiveNetwork, { ladders, operators, conversions }: Pick<ActivityState, 'ladders' | 'operators' | 'conversions'>): NetworkCosts | null {
  const layers = ladders[project.source.weightsHash];
  return layers ? { layers, operators, conversions } : null;
}

/** Sum of the kernel table over a plan's steps; null where an entry is missing. */
export function tableOf({ graph }: ActiveNetwork, plan: Plan, costs: NetworkCosts | null): number | null {
  return costs && tableMilliseconds(deployedShape(graph, plan).network, costs);
}

const measuredPlans = new WeakMap<SpeedMeasurement, Plan>();

/** The same object each time, so that its lowered form is known the next time. */
function planOf(speed: SpeedMeasurement): Plan {
  let plan = measuredPlans.get(speed);
  if (!plan) measuredPlans.set(speed, (plan = Object.fromEntries(speed.layers.map(({ layer, scheme }) => [layer, { scheme }]))));
  return plan;
}

const FLOAT: Plan = {};

/** Measured plans of the same network, float32 first. Runs at different times are compared through the float network beside each. */
function measuredNear(network: ActiveNetwork, speeds: ActivityState['speeds']): readonly { readonly plan: Plan; readonly milliseconds: number }[] {
  const own = Object.entries(speeds).flatMap(([key, speed]) => (key.startsWith(`${network.networkKey}/`) ? [speed] : []));
  const base = speeds[baselineKey(network.project)] ?? own[0];
  if (!base) return [];
  const float = base.floatMilliseconds;
  return [{ plan: FLOAT, milliseconds: float }, ...own.map((speed) => ({ plan: planOf(speed), milliseconds: float / speed.ratio.median }))];
}

const known = new WeakMap<ActiveNetwork, { readonly times: KnownTimes; readonly milliseconds: number | null }>();

/**
 * Milliseconds of the plan, forecast from the kernel table measured here. What lies beyond the table is taken from the measured
 * plan that has the fewest layers at another rung.
 */
export function estimatedMilliseconds(network: ActiveNetwork, { ladders, operators, conversions, speeds }: KnownTimes): number | null {
  const entry = known.get(network);
  if (entry && entry.times.ladders === ladders && entry.times.operators === operators && entry.times.conversions === conversions && entry.times.speeds === speeds) return entry.milliseconds;
  const milliseconds = forecast(network, { ladders, operators, conversions, speeds });
  known.set(network, { times: { ladders, operators, conversions, speeds }, milliseconds });
  return milliseconds;
}

function forecast(network: ActiveNetwork, times: KnownTimes): number | null {
  const costs = costsOf(network, times);
  const table = tableOf(network, network.plan, costs);
  if (table === null) return null;
  const layers = layersOf(network.graph);
  const distance = (plan: Plan): number => layers.filter(({ id }) => schemeOf(plan, id) !== schemeOf(network.plan, id)).length;
  const [nearest] = measuredNear(network, times.speeds).toSorted((a, b) => distance(a.plan) - distance(b.plan));
  const nearestTable = nearest && tableOf(network, nearest.plan, costs);
  const measured: MeasuredPlan | null = nearest && nearestTable !== null ? { milliseconds: nearest.milliseconds, table: nearestTable } : null;
  return forecastMilliseconds(table, measured);
}

/** Milliseconds that another rung of one layer adds to the network, conversions at its borders included. */
export function rungDifference(network: ActiveNetwork, layer: string, changed: Plan, costs: NetworkCosts | null): number | null {
  const [now, then] = [tableOf(network, network.plan, costs), tableOf(network, changed, costs)];
  if (now !== null && then !== null) return then - now;
  const row = costs?.layers[layer];
  const at = (plan: Plan): number | undefined => row?.[schemeOf(plan, layer)];
  const [before, after] = [at(network.plan), at(changed)];
  return before === undefined || after === undefined ? null : after - before;
}
