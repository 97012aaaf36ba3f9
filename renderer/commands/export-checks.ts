import { CancelledError, describeError } from '../../core/base/errors.ts';
import type { ExportSubject } from '../../core/jobs/contract.ts';
import { runJob } from '../host/jobs.ts';
import { changeChecks, checksKey, exportingStore, extrasKey, proofKey } from '../state/exporting.ts';
import { packageName } from '../state/package-contents.ts';
import type { ActiveNetwork } from '../state/select/network.ts';
import { exportOrigin } from './export-origin.ts';
import { tellFailure } from './fail.ts';
import { current } from './layers.ts';
import { dataOf, networkState } from './network-state.ts';

/** What a target writes of the network in work, under the name that a person chose. */
export async function exportSubject(network: ActiveNetwork): Promise<ExportSubject> {
  const { name, target } = exportingStore.getState();
  const origin = exportOrigin(network, target);
  return { state: await networkState(network), name: name ?? packageName(network), data: dataOf(network), preprocess: network.project.data?.preprocess ?? 'raw', origin };
}

let checking: AbortController | null = null;

/** Writes the network for every target in memory, to say what each makes of it and how large it is. */
export async function checkTargets(): Promise<void> {
  const network = current();
  if (!network) return;
  const { checks: known, name } = exportingStore.getState();
  const key = checksKey(network.key, name ?? packageName(network));
  if (known?.key === key && known.problem === null) return;
  checking?.abort();
  const own = new AbortController();
  checking = own;
  exportingStore.setState({ checks: { key, checks: {}, arena: null, problem: null } });
  try {
    const { arena } = await runJob('checkTargets', await exportSubject(network), {
      title: 'Checking the export targets',
      signal: own.signal,
      onProgress: ({ check }) => changeChecks(key, ({ checks }) => ({ checks: { ...checks, [check.target]: check } })),
    });
    changeChecks(key, () => ({ arena }));
  } catch (error) {
    changeChecks(key, () => ({ problem: error instanceof CancelledError ? 'cancelled.' : describeError(error) }));
  }
}

let preparing: AbortController | null = null;

/** Makes what goes beside the target's files, so that its size is known before it is written. */
export async function prepareExtras(): Promise<void> {
  const network = current();
  if (!network) return;
  const state = exportingStore.getState();
  const { target, contents, checks } = state;
  const proved = proofKey(network.key, state.name ?? packageName(network), target);
  const key = extrasKey(proved, state);
  if (state.extras?.key === key) return;
  preparing?.abort();
  const own = new AbortController();
  preparing = own;
  exportingStore.setState({ extras: { key, files: null } });
  const keep = (files: ExtraFiles | null): void => {
    if (exportingStore.getState().extras?.key === key) exportingStore.setState({ extras: files && { key, files } });
  };
  try {
    const proof = state.proof?.key === proved ? (state.proof.result?.proof ?? null) : null;
    const { files = [], findings = [] } = checks?.checks[target] ?? {};
    const subject = { ...(await exportSubject(network)), target, contents, files, proof, findings: findings.map(({ message }) => message) };
    keep(await runJob('packageFiles', subject, { title: 'Preparing the package', signal: own.signal, quiet: true }));
  } catch (error) {
    keep(null);
    if (!(error instanceof CancelledError)) tellFailure(error, 'Preparing the package');
  }
}

type ExtraFiles = NonNullable<NonNullable<ReturnType<typeof exportingStore.getState>['extras']>['files']>;
