import { CancelledError, describeError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { documentStore } from '../state/document.ts';
import { changeChecks, exportingStore, extrasKey, proofKey } from '../state/exporting.ts';
import { packageName } from '../state/package-contents.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { exportOrigin } from './export-origin.ts';
import { tellFailure } from './fail.ts';
import { dataOf, networkState } from './network-state.ts';

let stop: AbortController | null = null;

function current(): ActiveNetwork | null {
  const { project } = documentStore.getState();
  return project && activeNetwork(project);
}

async function subjectOf(network: ActiveNetwork, name: string) {
  const state = await networkState(network);
  return { state, name, data: dataOf(network), preprocess: network.project.data?.preprocess ?? 'raw', origin: exportOrigin(network, exportingStore.getState().target) } as const;
}

/** Writes the network for every target in memory, to say what each makes of it and how large it is. */
export async function checkTargets(): Promise<void> {
  const network = current();
  if (!network || exportingStore.getState().checks?.key === network.key) return;
  const { key } = network;
  stop?.abort();
  const own = new AbortController();
  stop = own;
  exportingStore.setState({ checks: { key, state: 'running', checks: {}, arena: null, problem: null } });
  try {
    const subject = await subjectOf(network, packageName(network));
    const { arena } = await runJob('checkTargets', subject, {
      title: 'Checking the export targets',
      signal: own.signal,
      onProgress: ({ check }) => changeChecks(key, ({ checks }) => ({ checks: { ...checks, [check.target]: check } })),
    });
    changeChecks(key, () => ({ state: 'ended', arena }));
  } catch (error) {
    if (!(error instanceof CancelledError)) changeChecks(key, () => ({ state: 'failed', problem: describeError(error) }));
  } finally {
    if (stop === own) stop = null;
  }
}

/** Makes what goes beside the target's files, so that its size is known before it is written. */
export async function prepareExtras(): Promise<void> {
  const network = current();
  if (!network) return;
  const state = exportingStore.getState();
  const { target, contents, checks } = state;
  const name = state.name?.trim() || packageName(network);
  const key = extrasKey(network.key, state, name);
  if (state.extras?.key === key) return;
  exportingStore.setState({ extras: { key, files: [] } });
  try {
    const proof = state.proof?.key === proofKey(network.key, target) ? (state.proof.result?.proof ?? null) : null;
    const files = (checks?.checks[target]?.files ?? []).map(({ path, bytes }) => ({ path: `${name}${path.slice(packageName(network).length)}`, bytes }));
    const made = await runJob('packageFiles', { ...(await subjectOf(network, name)), target, contents, files, proof }, { title: 'Preparing the package', quiet: true });
    if (exportingStore.getState().extras?.key === key) exportingStore.setState({ extras: { key, files: made } });
  } catch (error) {
    if (exportingStore.getState().extras?.key === key) exportingStore.setState({ extras: null });
    tellFailure(error, 'Preparing the package');
  }
}
