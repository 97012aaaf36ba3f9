import type { LayerMetrics } from '../../../core/analysis/overlays.ts';
import type { NodeId } from '../../../core/graph/graph.ts';
import type { ActivityState } from '../../state/activity.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { insightKey } from '../../state/keys.ts';
import { layerTable } from '../../state/select/layers.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import type { FigureTable } from './figures.ts';

type Known = Pick<ActivityState, 'sensitivities' | 'insights'>;
type MetricTable = Readonly<Record<NodeId, LayerMetrics>>;

const made = new WeakMap<FigureTable, { readonly known: Known; readonly table: MetricTable }>();

/** Everything known of every layer at its present precision; the same object while nothing of it changes. */
export function layerMetrics(network: ActiveNetwork, figures: FigureTable, { sensitivities, insights }: Known): MetricTable {
  const entry = made.get(figures);
  if (entry && entry.known.sensitivities === sensitivities && entry.known.insights === insights) return entry.table;
  const table = makeMetrics(network, figures, { sensitivities, insights });
  made.set(figures, { known: { sensitivities, insights }, table });
  return table;
}

function makeMetrics(network: ActiveNetwork, figures: FigureTable, known: Known): MetricTable {
  const cells = known.sensitivities[network.networkKey];
  const hasInsights = Object.keys(known.insights).length > 0;
  const table: Record<NodeId, LayerMetrics> = {};
  for (const { id, parameters, multiplyAccumulates } of Object.values(layerTable(network.graph))) {
    const scheme = schemeOf(network.plan, id);
    const { bytes, milliseconds, timeMeasured, cost } = figures[id];
    // A layer that was not looked at has no key worth writing; large networks have thousands of them.
    const insight = hasInsights ? known.insights[insightKey(network, id)] : undefined;
    table[id] = {
      scheme,
      bytes,
      milliseconds,
      timeMeasured,
      weightSqnr: insight?.weightSqnr[scheme] ?? null,
      divergence: cells?.[id]?.[scheme]?.divergence ?? null,
      accuracyChange: cells ? cost : null,
      parameters,
      multiplyAccumulates,
    };
  }
  return table;
}
