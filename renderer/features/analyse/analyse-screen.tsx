import { useEffect, useMemo } from 'react';
import { join } from '../../../core/base/format.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import { followPlans, searchKey } from '../../commands/analysing.ts';
import { canRun, originalOf } from '../../commands/measure.ts';
import { dataOf } from '../../commands/network-state.ts';
import { runCommand } from '../../commands/table.ts';
import { useActivity, useProject } from '../../state/hooks.ts';
import { chosenPoint, planPoints } from '../../state/select/found-plans.ts';
import { activeNetwork, type ActiveNetwork } from '../../state/select/network.ts';
import { formats } from '../../ui/format.ts';
import { HeatPane } from './heat-pane.tsx';
import { noPlansText } from './plans-view.ts';
import { PlansPane } from './plans-pane.tsx';
import { useAnalysing } from './use-analysing.ts';

export function AnalyseScreen() {
  const project = useProject();
  return project && <Analysis network={originalOf(activeNetwork(project))} />;
}

/** Which layers hurt, and the plans that follow from it. */
function Analysis({ network }: { readonly network: ActiveNetwork }) {
  const { project, graph } = network;
  const { over, tied, found, problem, shownPlan, peekedPlan } = useAnalysing((state) => state);
  const evaluations = useActivity((state) => state.evaluations);
  // Followed, because the key asks for them: cells that arrive, times of the layers.
  useActivity((state) => state.sensitivities[network.networkKey]);
  useActivity((state) => state.ladders);
  const data = dataOf(network);
  const blocked = !data ? 'Opens when data is open' : canRun(network) ? null : 'The network holds operators that cannot be run';
  const key = blocked === null ? searchKey(network, { over, tied }) : null;
  useEffect(() => (key === null ? undefined : followPlans()), [key]);

  const result = key !== null && found?.key === key ? found.result : null;
  const classes = elementCount(graph.nodes.find(({ id }) => id === graph.outputs[0])?.shape ?? []);
  const points = useMemo(() => (result ? planPoints(network, result, evaluations, classes) : []), [network, result, evaluations, classes]);
  const chosen = chosenPoint(points, project.budgets);
  const shown = points.find(({ id }) => id === peekedPlan) ?? points.find(({ id }) => id === shownPlan) ?? chosen;
  const least = [result?.least.bytes == null ? null : join(formats.size(result.least.bytes)), result?.least.milliseconds == null ? null : join(formats.duration(result.least.milliseconds))];
  const nothing = noPlansText({ complete: key !== null, problem, found: result !== null, nothingFits: result?.best === null, least: least.filter((text) => text !== null).join(' or ') });
  return (
    <main id="main" className="panes analyse">
      <h1 className="sr">Analyse</h1>
      <HeatPane network={network} plan={shown?.plan ?? null} blocked={blocked} />
      <PlansPane network={network} points={points} chosen={chosen} shown={shown} empty={blocked === null ? (result ? null : nothing) : blockedText(blocked)} note={result ? nothing : null} onOpenData={data ? null : () => runCommand('open-data')} />
    </main>
  );
}

const blockedText = (reason: string): string => (reason.startsWith('Opens') ? 'Layers are tried on images of the data set. Open data to begin.' : `${reason}.`);
