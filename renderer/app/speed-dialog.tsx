import { Gauge } from 'lucide-react';
import { layersOf } from '../../core/graph/graph.ts';
import type { BaselineMeasurement, SpeedMeasurement } from '../../core/jobs/contract.ts';
import { COMPARING_TITLE, compareWithTensorflow } from '../commands/measure.ts';
import { schemeOf } from '../state/edits/plan.ts';
import { useActivity, useProject, useSession } from '../state/hooks.ts';
import { costsOf, estimatedMilliseconds } from '../state/select/estimates.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { sessionStore } from '../state/session.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { classes } from '../ui/classes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { formats, timeText } from '../ui/format.ts';
import { Bar } from '../ui/rung-bars.tsx';
import { TableHead, type TableColumn } from '../ui/table-head.tsx';
import { about } from '../../core/base/format.ts';
import { SCHEMES } from '../../core/schemes/index.ts';
import { baselineNote, baselineRows, networkFindings, ratioView, SHOWN_RUNGS, speedRows, type SpeedRow } from './speed-view.ts';

const close = () => sessionStore.setState({ speedOpen: false });

/** The speed meter in detail: every layer, why, and what others need for the same network. */
export function SpeedDialog() {
  const open = useSession((state) => state.speedOpen);
  const project = useProject();
  if (!open || !project) return null;
  return (
    <Dialog open onOpenChange={close} title="Speed on this computer" footer={<Button onClick={close}>Close</Button>} widest>
      <Details network={activeNetwork(project)} />
    </Dialog>
  );
}

function Details({ network }: { readonly network: ActiveNetwork }) {
  const speed = useActivity((state) => state.speeds[network.key]);
  const ladders = useActivity((state) => state.ladders);
  const operators = useActivity((state) => state.operators);
  const conversions = useActivity((state) => state.conversions);
  const estimated = useActivity((state) => estimatedMilliseconds(network, state));
  const layers = layersOf(network.graph).map(({ id }) => ({ id, scheme: schemeOf(network.plan, id) }));
  const rows = speedRows({ layers, speed, costs: costsOf(network, { ladders, operators, conversions }) });
  return (
    <div className="stack-3">
      {speed ? <Verdict speed={speed} /> : <p>{estimated === null ? 'The network is being measured.' : `${about(timeText(estimated))} an inference: a forecast from the kernel table, until the network itself is measured.`}</p>}
      <Baselines network={network} />
      <LayerTimes rows={rows} />
    </div>
  );
}

function Verdict({ speed }: { readonly speed: SpeedMeasurement }) {
  const { milliseconds, floatMilliseconds, ratio, rounds, threads, environment } = speed;
  const same = milliseconds === floatMilliseconds;
  const { text, tone } = ratioView(ratio.median);
  return (
    <div>
      <p>
        <b>{timeText(milliseconds)}</b> an inference
        {same ? (
          ', every layer at FP32.'
        ) : (
          <>
            , FP32 {timeText(floatMilliseconds)}: <b className={tone === 'none' ? undefined : tone}>{text}</b>.
          </>
        )}
      </p>
      {networkFindings(speed).map((finding) => (
        <p key={finding}>{finding}</p>
      ))}
      <p className="u t-11">
        Medians of {formats.count(rounds)} rounds{same ? '' : `, taking turns with FP32; quartiles of the ratio ${formats.decimal(ratio.lowerQuartile, 2)} to ${formats.decimal(ratio.upperQuartile, 2)}`}. {environment}, {threads} thread
        {threads === 1 ? '' : 's'}.
      </p>
    </div>
  );
}

function Baselines({ network }: { readonly network: ActiveNetwork }) {
  const measured = useActivity((state) => state.baselines[network.key]);
  const comparing = useActivity((state) => Object.values(state.jobs).some((job) => job.title === COMPARING_TITLE));
  return (
    <section aria-label="Baselines">
      <div className="row row-between">
        <h3 className="report-h">Against other engines</h3>
        <Button size="small" icon={Gauge} disabledReason={comparing ? 'The comparison is running' : null} onClick={() => void compareWithTensorflow()}>
          {comparing ? 'Comparing' : measured ? 'Compare again' : 'Compare with TensorFlow.js'}
        </Button>
      </div>
      {measured ? (
        <BaselineTable measured={measured} />
      ) : (
        <p className="u">The FP32 network on TensorFlow.js (XNNPACK), in the same rounds as this one. It is loaded only for this.</p>
      )}
      <p className="u t-11">onnxruntime-web is not part of the studio: the repository’s benchmarks compare with it.</p>
    </section>
  );
}

const BASELINE_COLUMNS: readonly TableColumn[] = [
  { id: 'name', head: 'Engine', width: 'col-e1' },
  { id: 'time', head: 'Time', numeric: true, width: 'col-e2' },
  { id: 'bar', head: <span className="sr">Time, drawn</span> },
  { id: 'quartiles', head: 'Quartiles', width: 'col-e3' },
  { id: 'against', head: 'Than TensorFlow.js', width: 'col-e4' },
];

function BaselineTable({ measured }: { readonly measured: BaselineMeasurement }) {
  return (
    <>
      <table className="tg" aria-label="The network beside FP32 baselines">
        <TableHead columns={BASELINE_COLUMNS} />
        <tbody>
          {baselineRows(measured).map((row) => (
            <tr key={row.name}>
              <td className="c-first">{row.name}</td>
              <td className="num">{row.time}</td>
              <td>
                <Bar share={row.share} />
              </td>
              <td className="soft">{row.quartiles}</td>
              <td className={classes('c-last', row.tone === 'worse' && 'worse')}>{row.against}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="u t-11">{baselineNote(measured)}</p>
    </>
  );
}

const LAYER_COLUMNS: readonly TableColumn[] = [
  { id: 'layer', head: 'Layer' },
  { id: 'rung', head: 'Precision', width: 'col-e2' },
  { id: 'time', head: 'Here', numeric: true, width: 'col-e2' },
  ...SHOWN_RUNGS.map((scheme) => ({ id: scheme, head: `${SCHEMES[scheme].name} alone`, width: 'col-e5' })),
  { id: 'ratio', head: 'Than FP32', width: 'col-e6' },
];

function LayerTimes({ rows }: { readonly rows: readonly SpeedRow[] }) {
  return (
    <section aria-label="Layers">
      <h3 className="report-h">Layers</h3>
      <table className="tg speed-tg" aria-label="Time of every layer">
        <TableHead columns={LAYER_COLUMNS} />
        {rows.map((row) => (
          <LayerTime key={row.layer} row={row} />
        ))}
      </table>
    </section>
  );
}

function LayerTime({ row }: { readonly row: SpeedRow }) {
  const { layer, scheme, time, measured, ratio, rungs, why } = row;
  return (
    <tbody className={classes(why !== '' && 'has-why')}>
      <tr>
        <td className="c-first" title={layer}>
          {layer}
        </td>
        <td>
          <Chip scheme={scheme} />
        </td>
        <td className="num">
          <span className={measured ? undefined : 'est'}>{time}</span>
        </td>
        {rungs.map((rung) => (
          <td key={rung.scheme}>
            <span className="rung-cell">
              <span>{rung.text}</span>
              <Bar share={rung.share} scheme={rung.scheme} />
            </span>
          </td>
        ))}
        <td className="c-last">{ratio && <span className={classes(ratio.tone === 'none' ? 'u' : ratio.tone, !measured && 'est')}>{ratio.text}</span>}</td>
      </tr>
      {why !== '' && (
        <tr className="why">
          <td className="c-first c-last" colSpan={LAYER_COLUMNS.length}>
            {why}
          </td>
        </tr>
      )}
    </tbody>
  );
}
