import type { ExportOrigin } from '../../core/export/context.ts';
import type { Model } from '../../core/graph/graph.ts';
import type { CountProgress, Evaluation, NetworkState } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { readSystemFacts } from '../host/system.ts';
import type { ParsedArguments } from './arguments.ts';
import type { OpenedData } from './data.ts';
import type { OpenedNetwork } from './network.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

const SPEED_ROUNDS = 50;

/** What the files at hand tell of a network, and with --measure what this machine does. */
export async function originOf(opened: Exclude<OpenedNetwork, { readonly kind: 'packed' }>, opens: OpenedData | null, state: NetworkState, args: ParsedArguments, terminal: Terminal): Promise<ExportOrigin> {
  const reference = opened.kind === 'variant' ? opened.variant.reference : opened.imported.model;
  return {
    reference,
    ...(opened.kind === 'model' ? { sourceName: opened.imported.fileName, grids: opened.imported.grids } : {}),
    ...(opened.kind === 'variant' && opened.variant.training ? { training: opened.variant.training } : {}),
    ...(args.flag('measure') ? { measured: await measure(state, reference, opens, terminal) } : {}),
    command: args.command,
  };
}

/** Both networks on the whole test set, then beside each other against the clock. */
async function measure(state: NetworkState, reference: Model, opens: OpenedData | null, { signal, progress }: Terminal): Promise<NonNullable<ExportOrigin['measured']>> {
  const show = (what: string) => ({ signal, report: ({ done, total }: CountProgress) => progress.show(what, done, total) });
  const float = { model: reference, plan: {}, calibration: NO_CALIBRATION };
  const evaluate = async (measured: NetworkState, what: string): Promise<Evaluation | null> =>
    opens && JOBS.evaluate({ state: measured, reference, data: opens.data, preprocess: opens.preprocess, offset: 0, limit: opens.data.test.count }, show(what));
  const accuracy = await evaluate(state, 'Measuring accuracy');
  const floatAccuracy = await evaluate(float, 'Measuring the float network');
  const speed = await JOBS.measureSpeed({ state, reference, rounds: SPEED_ROUNDS }, show('Measuring speed'));
  progress.clear();
  const { cpu, platform, versions } = readSystemFacts('loopback', VERSION);
  const environment = `${speed.environment}, Node ${versions['node']}, ${platform}, ${cpu}`;
  return { accuracy, floatAccuracy, speed: { ...speed, environment } };
}
