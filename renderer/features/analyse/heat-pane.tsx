import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { Pause, Play } from 'lucide-react';
import { cellPlaces, type SensitivityDefinition } from '../../../core/analysis/sensitivity/cells.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { continueScan, pauseScan } from '../../commands/analysing.ts';
import { analysingStore, sensitivityKey, type SensitivityMetric } from '../../state/analysing.ts';
import { useActivity } from '../../state/hooks.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import { Button } from '../../ui/button.tsx';
import { formats } from '../../ui/format.ts';
import { Progress } from '../../ui/progress.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Select } from '../../ui/select.tsx';
import { HeatKey } from './heat-key.tsx';
import { HeatMap } from './heat-map.tsx';
import { causeText, detailText, HEAT_SCHEMES, heatRows, METRICS, type CellTable, type HeatPlace } from './heat-view.ts';
import { scanText } from './plans-view.ts';
import { useAnalysing } from './use-analysing.ts';

const DEFINITIONS = [
  { id: 'alone', label: 'Alone' },
  { id: 'without', label: 'In company' },
] as const satisfies readonly { id: SensitivityDefinition; label: string }[];

const DEFINITION_NOTES = {
  alone: 'One layer changes, everything else stays FP32: what it does to the answers.',
  without: 'Every other layer has the precision too: what this one adds to their harm. Sparing it saves as much.',
} as const satisfies Record<SensitivityDefinition, string>;

const METRIC_CHOICES = (Object.keys(METRICS) as SensitivityMetric[]).map((id) => ({ id, label: `${METRICS[id].name}, ${METRICS[id].unit}` }));
const NO_CELLS: CellTable = {};

const setCell = (place: HeatPlace): void => analysingStore.setState({ cell: place });

export interface HeatPaneProps {
  readonly network: ActiveNetwork;
  readonly plan: Plan | null;
  /** Why nothing can be measured; null when it can. */
  readonly blocked: string | null;
}

/** The sensitivity of every layer at every precision, as it streams in. */
export function HeatPane({ network, plan, blocked }: HeatPaneProps) {
  const { graph } = network;
  const definition = useAnalysing((state) => state.definition);
  const chosenMetric = useAnalysing((state) => state.metric);
  const cell = useAnalysing((state) => state.cell);
  const cells = useActivity((state) => state.sensitivities[sensitivityKey(network.networkKey, definition)] ?? NO_CELLS);
  const [hovered, setHovered] = useState<HeatPlace | null>(null);
  // The noise of a layer that is float32 in the network measured does not exist.
  const metric = definition === 'without' && chosenMetric === 'noise' ? 'divergence' : chosenMetric;
  const rows = useMemo(() => heatRows({ graph, cells, definition, metric, plan }, formats), [graph, cells, definition, metric, plan]);
  const first = rows[0];
  const current = rows.some(({ layer }) => layer === cell?.layer) && cell ? cell : { layer: first?.layer ?? '', scheme: HEAT_SCHEMES[0] };
  const shown = hovered ?? current;
  const detail = cells[shown.layer]?.[shown.scheme];
  const spoken = rows.find(({ layer }) => layer === shown.layer)?.cells.find(({ scheme }) => scheme === shown.scheme)?.spoken ?? '';
  return (
    <section className="pane heat-pane" aria-label="Sensitivity">
      <div className="pane-h">
        <h2>Sensitivity</h2>
        <Segmented label="Definition" value={definition} choices={DEFINITIONS} onChange={(id) => analysingStore.setState({ definition: id })} />
        <span className="heat-metric">
          <Select label="Metric" value={metric} choices={METRIC_CHOICES.filter(({ id }) => definition === 'alone' || id !== 'noise')} onChange={(id) => analysingStore.setState({ metric: id })} />
        </span>
        <span className="grow" />
        <ScanControl network={network} definition={definition} cells={cells} blocked={blocked} />
      </div>
      <p className="heat-note">{DEFINITION_NOTES[definition]}</p>
      <HeatMap label={`${METRICS[metric].name} in ${METRICS[metric].unit}, layers by precisions`} rows={rows} current={current} onCurrent={setCell} onHover={setHovered} />
      <div className="heat-foot">
        <p className="heat-detail">{detail ? <DetailLine place={shown} text={detailText(detail, formats)} cause={causeText(detail)} /> : spoken}</p>
        <HeatKey metric={metric} />
      </div>
    </section>
  );
}

function DetailLine({ place, text, cause }: { readonly place: HeatPlace; readonly text: string; readonly cause: string | null }) {
  return (
    <>
      <b>{place.layer}</b> at {SCHEMES[place.scheme].name}: {text}. {cause}
    </>
  );
}

const secondsNow = (): number => Math.floor(performance.now() / 1000);

function everySecond(listener: () => void): () => void {
  const timer = setInterval(listener, 1000);
  return () => clearInterval(timer);
}

interface ScanControlProps {
  readonly network: ActiveNetwork;
  readonly definition: SensitivityDefinition;
  readonly cells: CellTable;
  readonly blocked: string | null;
}

function ScanControl({ network, definition, cells, blocked }: ScanControlProps) {
  const scan = useAnalysing((state) => state.scans[sensitivityKey(network.networkKey, definition)] ?? null);
  const seconds = useSyncExternalStore(everySecond, secondsNow);
  const total = useMemo(() => cellPlaces(network.graph).length, [network.graph]);
  const done = Object.values(cells).reduce((sum, row) => sum + Object.keys(row).length, 0);
  const { share, text, left } = scanText(done, total, scan, seconds * 1000, formats);
  // Coming here starts what is missing; what a person stopped waits for them.
  const begins = blocked === null && scan === null && done < total;
  useEffect(() => {
    if (begins) void continueScan();
  }, [begins, definition, network.networkKey]);
  return (
    <div className="row heat-scan">
      <div className="heat-progress">
        <Progress label="Cells measured" share={share} paused={scan?.kind === 'stopped'} left={text} right={left} />
      </div>
      {scan?.kind === 'running' && (
        <Button size="small" icon={Pause} onClick={pauseScan}>
          Stop
        </Button>
      )}
      {scan?.kind !== 'running' && done < total && (
        <Button size="small" icon={Play} disabledReason={blocked} onClick={() => void continueScan()}>
          {done > 0 ? 'Continue' : 'Measure'}
        </Button>
      )}
    </div>
  );
}
