import { memo, useCallback, useDeferredValue, useMemo, useState } from 'react';
import { Maximize } from 'lucide-react';
import { knownOverlays, OVERLAYS, type OverlayId } from '../../../../core/analysis/overlays.ts';
import { useActivity, useSession } from '../../../state/hooks.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { viewGraph } from '../../../state/select/view-graph.ts';
import { IconButton } from '../../../ui/button.tsx';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';
import { Select } from '../../../ui/select.tsx';
import { figureTable } from '../figures.ts';
import { PaneSwitch } from '../layer-table/tool-bar.tsx';
import { layerMetrics } from '../metrics.ts';
import { useMeasured } from '../use-measured.ts';
import { GraphCanvas } from './graph-canvas.tsx';
import { Legend } from './legend.tsx';
import { graphPicture } from './picture.ts';
import { shownGraph } from './shown-graph.ts';
import { useScene } from './use-scene.ts';

export function GraphPane({ network: latest, className }: { readonly network: ActiveNetwork; readonly className?: string }) {
  // Meters and table show an edit in its own frame; the picture of thousands of nodes follows in the next.
  const network = useDeferredValue(latest);
  const { graph } = network;
  const [chosen, setChosen] = useState<OverlayId>('precision');
  const [fitCount, setFitCount] = useState(0);
  const fit = useCallback(() => setFitCount((count) => count + 1), []);
  const measured = useMeasured();
  const insights = useActivity((state) => state.insights);
  const collapsed = useSession((state) => state.collapsedBlocks);
  const view = viewGraph(graph);
  const shown = useMemo(() => shownGraph(view, collapsed), [view, collapsed]);
  const scene = useScene(view, shown);
  const figures = useMemo(() => figureTable(network, measured), [network, measured]);
  const metrics = useMemo(() => layerMetrics(network, figures, { sensitivities: measured.sensitivities, insights }), [network, figures, measured.sensitivities, insights]);
  const known = useMemo(() => knownOverlays(Object.values(metrics)), [metrics]);
  // What was painted can be gone: another network, or undone to a plan that was not measured.
  const overlay = known.includes(chosen) ? chosen : 'precision';
  const drawn = scene?.shown ?? null;
  const picture = useMemo(() => (drawn ? graphPicture(drawn, metrics, figures, overlay) : null), [drawn, metrics, figures, overlay]);
  return (
    <section className={classes('pane', 'pane-graph', className)} aria-label="Graph">
      <GraphHead overlay={overlay} known={known} onOverlay={setChosen} onFit={fit} />
      <div className="canvas">
        {scene && picture ? (
          <GraphCanvas graph={graph} blocks={view.blocks} scene={scene} picture={picture} name={network.project.name} fitCount={fitCount} />
        ) : (
          <p className="pad u" role="status">
            Drawing {formats.count(shown.items.length)} nodes
          </p>
        )}
        <Legend overlay={overlay} scale={picture?.scale ?? []} />
      </div>
    </section>
  );
}

interface GraphHeadProps {
  readonly overlay: OverlayId;
  readonly known: readonly OverlayId[];
  readonly onOverlay: (overlay: OverlayId) => void;
  readonly onFit: () => void;
}

const GraphHead = memo(function GraphHead({ overlay, known, onOverlay, onFit }: GraphHeadProps) {
  const choices = known.map((id) => ({ id, label: OVERLAYS[id].label }));
  return (
    <div className="pane-h">
      <PaneSwitch />
      <h2 className="hide-narrow">Graph</h2>
      <span className="grow" />
      <span className="u t-11" aria-hidden="true">
        Paint by
      </span>
      <div className="paint-by">
        <Select label="Paint the graph by" value={overlay} choices={choices} onChange={onOverlay} />
      </div>
      <IconButton icon={Maximize} label="Fit the graph to the view" onClick={onFit} />
    </div>
  );
});
