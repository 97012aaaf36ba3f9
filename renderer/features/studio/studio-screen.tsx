import { useProject, useSession } from '../../state/hooks.ts';
import { layerTable } from '../../state/select/layers.ts';
import { activeNetwork } from '../../state/select/network.ts';
import { classes } from '../../ui/classes.ts';
import { GraphPane } from './graph/graph-pane.tsx';
import { HistoryStrip } from './history-strip.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { LayerTable } from './layer-table/layer-table.tsx';
import { ToolBar } from './layer-table/tool-bar.tsx';
import { PaneSeparator } from './pane-separator.tsx';

export function StudioScreen() {
  const project = useProject();
  const selection = useSession((state) => state.selection);
  const narrowPane = useSession((state) => state.narrowPane);
  const widths = useSession((state) => state.paneWidths);
  if (!project) return null;
  const network = activeNetwork(project);
  const table = layerTable(network.graph);
  const selected = selection.filter((id) => table[id] !== undefined);
  const allLocked = selected.length > 0 && selected.every((id) => network.variant.lockedLayers.includes(id));
  const columns = { '--w-graph': `${widths.graph}px`, '--w-inspector': `${widths.inspector}px` } as React.CSSProperties;
  return (
    <main id="main" className={classes('panes', 'studio', narrowPane === 'graph' && 'shows-graph')} style={columns}>
      <h1 className="sr">Studio: {project.name}</h1>
      <GraphPane network={network} />
      <section className="pane pane-table" aria-label="Layers">
        <PaneSeparator pane="graph" label="Width of the graph pane" />
        <ToolBar selectedCount={selected.length} allLocked={allLocked} />
        <LayerTable network={network} />
        <HistoryStrip />
        <PaneSeparator pane="inspector" label="Width of the inspector" />
      </section>
      <Inspector network={network} />
    </main>
  );
}
