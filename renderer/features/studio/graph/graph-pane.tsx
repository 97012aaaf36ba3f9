import { memo, useCallback, useMemo, useState } from 'react';
import { Maximize } from 'lucide-react';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import { useSession } from '../../../state/hooks.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { viewGraph } from '../../../state/select/view-graph.ts';
import { IconButton } from '../../../ui/button.tsx';
import { Chip } from '../../../ui/chip.tsx';
import { classes } from '../../../ui/classes.ts';
import { Select } from '../../../ui/select.tsx';
import { figureTable } from '../figures.ts';
import { PaneSwitch } from '../layer-table/tool-bar.tsx';
import { useMeasured } from '../use-measured.ts';
import { GraphCanvas } from './graph-canvas.tsx';
import { layoutGraph } from './layout.ts';
import { graphPicture, OVERLAYS, type OverlayId } from './picture.ts';

const CHOICES = (Object.keys(OVERLAYS) as OverlayId[]).map((id) => ({ id, label: OVERLAYS[id].label }));

export function GraphPane({ network, className }: { readonly network: ActiveNetwork; readonly className?: string }) {
  const [overlay, setOverlay] = useState<OverlayId>('precision');
  const [fitCount, setFitCount] = useState(0);
  const fit = useCallback(() => setFitCount((count) => count + 1), []);
  const measured = useMeasured();
  const selection = useSession((state) => state.selection);
  const layout = useMemo(() => layoutGraph(viewGraph(network.graph)), [network.graph]);
  const figures = useMemo(() => figureTable(network, measured), [network, measured]);
  const picture = useMemo(() => graphPicture(network, layout, figures, overlay, new Set(selection)), [network, layout, figures, overlay, selection]);
  return (
    <section className={classes('pane', 'pane-graph', className)} aria-label="Graph">
      <GraphHead overlay={overlay} onOverlay={setOverlay} onFit={fit} />
      <div className="canvas">
        <GraphCanvas picture={picture} name={network.project.name} fitCount={fitCount} />
        <Legend />
      </div>
    </section>
  );
}

interface GraphHeadProps {
  readonly overlay: OverlayId;
  readonly onOverlay: (overlay: OverlayId) => void;
  readonly onFit: () => void;
}

const GraphHead = memo(function GraphHead({ overlay, onOverlay, onFit }: GraphHeadProps) {
  return (
    <div className="pane-h">
      <PaneSwitch />
      <h2 className="hide-narrow">Graph</h2>
      <span className="grow" />
      <span className="u t-11" aria-hidden="true">
        Paint by
      </span>
      <div className="paint-by">
        <Select label="Paint the graph by" value={overlay} choices={CHOICES} onChange={onOverlay} />
      </div>
      <IconButton icon={Maximize} label="Fit the graph to the view" onClick={onFit} />
    </div>
  );
});

const Legend = memo(function Legend() {
  return (
    <div className="legend" aria-hidden="true">
      {SCHEME_IDS.map((id) => (
        <span key={id}>
          <Chip scheme={id} short />
          {SCHEMES[id].name}
        </span>
      ))}
    </div>
  );
});
