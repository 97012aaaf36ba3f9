import { useMemo } from 'react';
import { ChartScatter } from 'lucide-react';
import { tiedLayers } from '../../../core/analysis/search/ties.ts';
import { REFINING_TITLE, refineShown, takePlan } from '../../commands/analysing.ts';
import { analysingStore } from '../../state/analysing.ts';
import { useActivity } from '../../state/hooks.ts';
import type { PlanPoint } from '../../state/select/found-plans.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import { Button } from '../../ui/button.tsx';
import { formats } from '../../ui/format.ts';
import { EmptyState, Notice } from '../../ui/notice.tsx';
import { BudgetForm } from './budget-form.tsx';
import { FrontChart } from './front-chart.tsx';
import { frontPoints, planFacts, planLines } from './plans-view.ts';
import { PlansTable } from './plans-table.tsx';
import { useAnalysing } from './use-analysing.ts';

export interface PlansPaneProps {
  readonly network: ActiveNetwork;
  readonly points: readonly PlanPoint[];
  readonly chosen: PlanPoint | null;
  readonly shown: PlanPoint | null;
  /** Why there is nothing to show; null when there is. */
  readonly empty: string | null;
  readonly note: string | null;
  /** Null while data is open. */
  readonly onOpenData: (() => void) | null;
}

/** Budgets, and the plans that an exact search finds for them. */
export function PlansPane({ network, points, chosen, shown, empty, note, onOpenData }: PlansPaneProps) {
  const { project, graph } = network;
  const { budgets } = project;
  const refining = useActivity((state) => Object.values(state.jobs).some(({ title }) => title === REFINING_TITLE));
  const over = useAnalysing((state) => state.over);
  const tied = useAnalysing((state) => state.tied);
  const canTie = useMemo(() => tiedLayers(graph).some((group) => group.length > 1), [graph]);
  const lines = useMemo(() => planLines(graph, points, chosen, budgets, formats), [graph, points, chosen, budgets]);
  const marks = useMemo(() => frontPoints(points, over), [points, over]);
  const show = (id: string) => analysingStore.setState({ shownPlan: id });
  const take = (id: string) => {
    const point = points.find((one) => one.id === id);
    if (point) takePlan(point);
  };
  const images = Math.max(0, ...points.map(({ measured }) => measured?.count ?? 0));
  const limit = over === 'bytes' ? budgets.sizeBytes && budgets.sizeBytes / 1000 : budgets.milliseconds;
  return (
    <section className="pane plans-pane" aria-label="Plans">
      <div className="pane-h">
        <h2>Plans</h2>
        <span className="u trunc">{points.length > 0 ? `${points.filter(({ measured }) => measured).length} of ${points.length} measured${images > 0 ? `, on ${formats.count(images)} images` : ''}` : ''}</span>
      </div>
      <BudgetForm budgets={budgets} tied={tied} canTie={canTie} onTied={(next) => analysingStore.setState({ tied: next })} />
      {empty !== null ? (
        <EmptyState icon={ChartScatter} title="No plans yet" action={onOpenData && <Button onClick={onOpenData}>Open data</Button>}>
          {empty}
        </EmptyState>
      ) : (
        <>
          {note && <Notice tone="warn">{note}</Notice>}
          <FrontChart
            points={marks}
            over={over}
            onOver={(next) => analysingStore.setState({ over: next })}
            budget={limit ?? null}
            floor={budgets.accuracy === undefined ? null : 100 * budgets.accuracy}
            shown={shown?.id ?? null}
            onPeek={(id) => analysingStore.setState({ peekedPlan: id })}
            onTake={take}
          />
          <div className="plan-take">
            <p className="trunc">{shown ? planFacts(shown, formats) : 'None of the measured plans keeps the budgets.'}</p>
            <Button disabledReason={refining ? 'It is being looked around' : shown ? null : 'No plan is chosen'} onClick={() => shown && void refineShown(shown)}>
              Refine
            </Button>
            <Button kind="primary" disabledReason={shown ? null : 'No plan is chosen'} onClick={() => shown && takePlan(shown)}>
              Take this plan
            </Button>
          </div>
          <PlansTable lines={lines} shown={shown?.id ?? null} onShow={show} onTake={take} />
        </>
      )}
    </section>
  );
}
