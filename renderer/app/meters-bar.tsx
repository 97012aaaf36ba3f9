import { useRef } from 'react';
import type { Evaluation } from '../../core/jobs/contract.ts';
import { baselineKey } from '../state/keys.ts';
import { blobs } from '../state/blobs.ts';
import { useActivity, useDataState, useProject } from '../state/hooks.ts';
import { estimatedMilliseconds } from '../state/select/estimates.ts';
import { activeNetwork, sizeOf, type ActiveNetwork } from '../state/select/network.ts';
import { runCommand } from '../commands/table.ts';
import { classes } from '../ui/classes.ts';
import { Meter } from '../ui/meter.tsx';
import { accuracyMeter, sizeMeter, speedMeter } from './meter-models.ts';

export function MetersBar({ compact }: { readonly compact: boolean }) {
  const project = useProject();
  if (!project) return null;
  const network = activeNetwork(project);
  return (
    <section className={classes('meters', compact && 'meters-c')} aria-label="Meters of the current variant">
      <SizeMeter network={network} />
      <AccuracyMeter network={network} />
      <SpeedMeter network={network} />
    </section>
  );
}

function SizeMeter({ network }: { readonly network: ActiveNetwork }) {
  const { totalBytes } = sizeOf(network.graph, network.plan);
  return <Meter {...sizeMeter(totalBytes, network.project.source.floatBytes, network.project.budgets.sizeBytes)} />;
}

function AccuracyMeter({ network }: { readonly network: ActiveNetwork }) {
  const { project, key } = network;
  const evaluation = useActivity((state) => state.evaluations[key]);
  const baseline = useActivity((state) => state.evaluations[baselineKey(project)]);
  const report = useActivity((state) => state.reports[project.source.weightsHash]);
  const missing = useDataState() === 'missing';
  const before = useRef<{ readonly dataHash: string | null; readonly evaluation: Evaluation } | null>(null);
  const dataHash = project.data?.hash ?? null;
  if (evaluation) before.current = { dataHash, evaluation };
  const model = accuracyMeter({
    evaluation,
    before: before.current?.dataHash === dataHash ? before.current.evaluation : undefined,
    baseline,
    labels: (project.data && blobs.data(project.data.hash)?.test.labels) ?? null,
    budget: project.budgets.accuracy,
    measuring: project.data !== null && !missing && (report === undefined || report.runs === true),
    isBaseline: key === baselineKey(project),
  });
  if (project.data && (!missing || evaluation)) return <Meter {...model} />;
  const action = (
    <button type="button" className="link" onClick={() => runCommand('open-data')}>
      Open data
    </button>
  );
  return <Meter {...model} provenanceText={missing ? 'data not found' : 'no data yet'} action={action} />;
}

function SpeedMeter({ network }: { readonly network: ActiveNetwork }) {
  const { project, key } = network;
  const speed = useActivity((state) => state.speeds[key]);
  const base = useActivity((state) => state.speeds[baselineKey(project)]);
  const estimated = useActivity((state) => estimatedMilliseconds(network, state));
  const details = (
    <button type="button" className="link meter-more" aria-label="Details of the speed" onClick={() => runCommand('speed-details')}>
      Details
    </button>
  );
  return <Meter {...speedMeter({ speed, estimated, floatMilliseconds: base?.floatMilliseconds ?? null, budget: project.budgets.milliseconds })} details={details} />;
}
