import { useMemo, useState } from 'react';
import { Maximize } from 'lucide-react';
import { knownOverlays, OVERLAYS, type OverlayId } from '../../../../core/analysis/overlays.ts';
import { planRows } from '../../../../core/analysis/comparison.ts';
import { layersOf } from '../../../../core/graph/graph.ts';
import { useActivity, useSession } from '../../../state/hooks.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { viewGraph } from '../../../state/select/view-graph.ts';
import { Button, IconButton } from '../../../ui/button.tsx';
import { formats } from '../../../ui/format.ts';
import { Menu, type MenuEntry } from '../../../ui/menu.tsx';
import { Select } from '../../../ui/select.tsx';
import { figureTable, type FigureTable } from '../figures.ts';
import { GraphCanvas } from './graph-canvas.tsx';
import { Legend } from './legend.tsx';
import { graphPicture, type Beside, type MetricTable } from './picture.ts';
import { shownGraph } from './shown-graph.ts';
import { useScene } from './use-scene.ts';
import { createViewLink, type ViewLink } from './view-link.ts';
import { layerMetrics } from '../metrics.ts';
import { useMeasured } from '../use-measured.ts';

export interface GraphPairProps {
  readonly before: ActiveNetwork;
  readonly after: ActiveNetwork;
  readonly names: { readonly before: string; readonly after: string };
  readonly pairs: readonly MenuEntry[];
}

/** The graphs of two variants side by side: where one is moved, selected or pointed at, the other follows. */
export function GraphPair({ before, after, names, pairs }: GraphPairProps) {
  const [chosen, setChosen] = useState<OverlayId>('precision');
  const [fitCount, setFitCount] = useState(0);
  const [link] = useState(createViewLink);
  const [first, second] = [usePainted(before), usePainted(after)];
  const [metricsBefore, metricsAfter] = [first.metrics, second.metrics];
  const differing = useMemo(() => differingLayers(before, after), [before, after]);
  const known = useMemo(() => knownOverlays([metricsBefore, metricsAfter].flatMap((metrics) => Object.values(metrics))), [metricsBefore, metricsAfter]);
  const overlay = known.includes(chosen) ? chosen : 'precision';
  const shared = { overlay, fitCount, link };
  const besideFirst = useMemo(() => ({ metrics: metricsAfter, differing }), [metricsAfter, differing]);
  const besideSecond = useMemo(() => ({ metrics: metricsBefore, differing }), [metricsBefore, differing]);
  return (
    <section className="cmp-graphs" aria-label="Graphs of the pair">
      <div className="pane-h">
        <Menu
          entries={pairs}
          trigger={
            <Button size="small" opensMenu aria-label={`Pair: ${names.before} beside ${names.after}`}>
              {names.before} beside {names.after}
            </Button>
          }
        />
        <span className="soft">{differenceText(differing.size)}</span>
        <span className="grow" />
        <span className="u t-11" aria-hidden="true">
          Paint by
        </span>
        <div className="paint-by">
          <Select label="Paint the graphs by" value={overlay} choices={known.map((id) => ({ id, label: OVERLAYS[id].label }))} onChange={setChosen} />
        </div>
        <IconButton icon={Maximize} label="Fit the graphs to the view" onClick={() => setFitCount((count) => count + 1)} />
      </div>
      <div className="cmp-pair">
        <GraphSide network={before} name={names.before} painted={first} beside={besideFirst} hasLegend {...shared} />
        <GraphSide network={after} name={names.after} painted={second} beside={besideSecond} {...shared} />
      </div>
    </section>
  );
}

function differenceText(count: number): string {
  if (count === 0) return 'Their plans are the same.';
  return `≠ marks ${count === 1 ? 'the layer that differs' : `the ${formats.count(count)} layers that differ`}`;
}

function differingLayers(before: ActiveNetwork, after: ActiveNetwork): ReadonlySet<string> {
  const rows = planRows(layersOf(before.graph).map(({ id }) => id), [before.plan, after.plan]);
  return new Set(rows.filter((row) => row.differs).map(({ layer }) => layer));
}

interface Painted {
  readonly metrics: MetricTable;
  readonly figures: FigureTable;
}

function usePainted(network: ActiveNetwork): Painted {
  const measured = useMeasured();
  const insights = useActivity((state) => state.insights);
  const figures = useMemo(() => figureTable(network, measured), [network, measured]);
  const metrics = useMemo(() => layerMetrics(network, figures, { sensitivities: measured.sensitivities, insights }), [network, figures, measured.sensitivities, insights]);
  return { metrics, figures };
}

interface GraphSideProps {
  readonly network: ActiveNetwork;
  readonly name: string;
  readonly painted: Painted;
  readonly beside: Beside;
  readonly overlay: OverlayId;
  readonly fitCount: number;
  readonly link: ViewLink;
  readonly hasLegend?: boolean;
}

function GraphSide({ network, name, painted, beside, overlay, fitCount, link, hasLegend }: GraphSideProps) {
  const collapsed = useSession((state) => state.collapsedBlocks);
  const view = viewGraph(network.graph);
  const shown = useMemo(() => shownGraph(view, collapsed), [view, collapsed]);
  const scene = useScene(view, shown);
  const drawn = scene?.shown ?? null;
  const { metrics, figures } = painted;
  const picture = useMemo(() => (drawn ? graphPicture(drawn, metrics, figures, overlay, beside) : null), [drawn, metrics, figures, overlay, beside]);
  return (
    <section className="pane" aria-label={`Graph of ${network.variant.name}`}>
      <div className="cmp-graph-h">
        <span className="tag vt-col">{name}</span>
        <h2 className="trunc">{network.variant.name}</h2>
      </div>
      <div className="canvas">
        {scene && picture ? (
          <GraphCanvas graph={network.graph} blocks={view.blocks} scene={scene} picture={picture} name={network.variant.name} fitCount={fitCount} link={link} />
        ) : (
          <p className="pad u" role="status">
            Drawing {formats.count(shown.items.length)} nodes
          </p>
        )}
        {hasLegend && <Legend overlay={overlay} scale={picture?.scale ?? []} />}
      </div>
    </section>
  );
}
