import { Lock, LockOpen, MousePointerClick } from 'lucide-react';
import { lockLayers } from '../../../commands/layers.ts';
import { useSession } from '../../../state/hooks.ts';
import { layerTable } from '../../../state/select/layers.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { viewGraph } from '../../../state/select/view-graph.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { IconButton } from '../../../ui/button.tsx';
import { Chip } from '../../../ui/chip.tsx';
import { formats, largeCount, shapeText } from '../../../ui/format.ts';
import { EmptyState } from '../../../ui/notice.tsx';
import { OP_NAMES } from '../op-icons.ts';
import { kernelText } from '../../../state/select/layers.ts';
import { CausesSection } from './causes-section.tsx';
import { InsightSections } from './insight-sections.tsx';
import { LayerActions } from './layer-actions.tsx';
import { OptionsForm } from './options-form.tsx';
import { SelectionSummary } from './selection-summary.tsx';
import { SpeedSection } from './speed-section.tsx';

export function Inspector({ network }: { readonly network: ActiveNetwork }) {
  const selection = useSession((state) => state.selection);
  const focused = useSession((state) => state.focused);
  const table = layerTable(network.graph);
  const layers = selection.filter((id) => table[id] !== undefined);
  const single = layers.length === 1 ? layers[0] : layers.length === 0 && focused !== null && table[focused] ? focused : null;
  return (
    <section className="pane" aria-label="Inspector">
      {single !== null ? (
        <LayerInspector network={network} layer={single} />
      ) : layers.length > 1 ? (
        <SelectionSummary network={network} layers={layers} />
      ) : (
        <PassInspector network={network} node={focused} />
      )}
    </section>
  );
}

function LayerInspector({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const info = layerTable(network.graph)[layer];
  const locked = network.variant.lockedLayers.includes(layer);
  const place = info.node.shape.length === 4 ? ` at ${info.node.shape[1]}×${info.node.shape[2]}` : '';
  return (
    <>
      <div className="insp-h">
        <div className="row row-between">
          <h2 className="trunc" title={layer}>
            {layer}
          </h2>
          <span className="row row-1">
            <Chip scheme={schemeOf(network.plan, layer)} />
            <IconButton icon={locked ? LockOpen : Lock} label={locked ? 'Unlock this layer' : 'Lock this layer'} onClick={() => lockLayers([layer])} />
            <LayerActions />
          </span>
        </div>
        <p className="u">
          {OP_NAMES[info.node.op]} {kernelText(info)}
          {place} · {formats.count(info.parameters)} params · {largeCount(info.multiplyAccumulates)} MACs
        </p>
      </div>
      <div className="pane-b scroll" tabIndex={0} role="group" aria-label="Inspector sections">
        <InsightSections network={network} layer={layer} />
        <OptionsForm network={network} layer={layer} />
        <SpeedSection network={network} layer={layer} />
        <CausesSection network={network} layer={layer} />
      </div>
    </>
  );
}

function PassInspector({ network, node: id }: { readonly network: ActiveNetwork; readonly node: string | null }) {
  const node = viewGraph(network.graph).nodes.find((candidate) => candidate.id === id);
  if (!node) {
    return (
      <EmptyState icon={MousePointerClick} title="No layer is selected">
        Choose a layer in the table or the graph to see its weights, its inputs and what each precision would cost.
      </EmptyState>
    );
  }
  return (
    <div className="insp-h">
      <h2 className="trunc" title={node.id}>
        {node.id}
      </h2>
      <p className="u">
        {node.sourceOp ?? OP_NAMES[node.op]} · output {shapeText(node.shape)} · no weights, so no precision of its own
      </p>
    </div>
  );
}
