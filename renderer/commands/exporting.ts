import { CancelledError, describeError, StudioError } from '../../core/base/errors.ts';
import { TARGETS } from '../../core/export/targets.ts';
import type { ExportFile } from '../../core/export/result.ts';
import type { ProofProgress } from '../../core/host/contract.ts';
import { writeVariant } from '../../core/project/variant.ts';
import { runJob } from '../host/jobs.ts';
import { host } from '../host/machine.ts';
import { changeProof, exportingStore, extrasKey, proofKey } from '../state/exporting.ts';
import { needsVariantFile, packageName, planFile } from '../state/package-contents.ts';
import { sizeOf, type ActiveNetwork } from '../state/select/network.ts';
import { sessionStore } from '../state/session.ts';
import { exportSubject } from './export-checks.ts';
import { trainingOf } from './export-origin.ts';
import { tellFailure } from './fail.ts';
import { proveOnHost, provesOnHost } from './host-proofs.ts';
import { current } from './layers.ts';
import { originalOf } from './measure.ts';
import { dataOf, knownCalibration, modelOf } from './network-state.ts';

/** Pictures that run through the network on screen and the one read back. */
export const PROOF_SAMPLES = 256;

let stop: AbortController | null = null;

/** Writes the network in memory, reads the bytes back and runs both side by side. Nothing is written to disk. */
export async function proveExport(): Promise<void> {
  const network = current();
  if (!network) return;
  const { target, proof, name } = exportingStore.getState();
  const key = proofKey(network.key, name ?? packageName(network), target);
  if (proof?.key === key && (proof.state === 'running' || proof.state === 'ended')) return;
  stop?.abort();
  const own = new AbortController();
  stop = own;
  const fresh = { key, state: 'running', done: 0, total: 0, rows: [], startedAtMs: performance.now(), result: null, problem: null } as const;
  const { elsewhere } = TARGETS[target];
  const onHost = provesOnHost(target);
  if (elsewhere !== null && !onHost) return exportingStore.setState({ proof: { ...fresh, state: 'elsewhere', problem: elsewhere } });
  exportingStore.setState({ proof: fresh });
  try {
    const subject = await exportSubject(network);
    const onProgress = ({ done, total, row }: ProofProgress): void => {
      const rows = exportingStore.getState().proof?.rows ?? [];
      changeProof(key, { done, total, ...(row ? { rows: [...rows, row] } : {}) });
    };
    const result = onHost
      ? await proveOnHost(subject, { samples: PROOF_SAMPLES, signal: own.signal, onProgress })
      : await runJob('exportNetwork', { ...subject, target, proofSamples: PROOF_SAMPLES }, { title: 'Proving the export', signal: own.signal, priority: 2, onProgress });
    changeProof(key, { state: 'ended', result, rows: result.proof.rows });
  } catch (error) {
    if (error instanceof CancelledError) changeProof(key, { state: 'cancelled' });
    else changeProof(key, { state: 'failed', problem: describeError(error) });
  } finally {
    if (stop === own) stop = null;
  }
}

export function cancelProof(): void {
  stop?.abort();
}

/** Writes the proved bytes, and only those. Refuses when a proof is missing, void or not equal. */
export async function writePackage(): Promise<void> {
  const network = current();
  const { proof, target, name: chosen, reveal } = exportingStore.getState();
  if (!network || exportingStore.getState().writing) return;
  const machine = host();
  try {
    const name = chosen ?? packageName(network);
    const result = proof?.key === proofKey(network.key, name, target) ? proof.result : null;
    if (!result) throw new StudioError('This network has not been proved yet.', { next: 'Run the proof first.' });
    const meterBytes = sizeOf(network.graph, network.plan).totalBytes;
    // The meter counts the packed file; others have a size of their own.
    if (!result.proof.equal || (target === 'bitw' && result.weightBytes !== meterBytes)) {
      throw new StudioError('The file is not the network that was measured, so nothing is written.', { next: 'Look at the rows of the proof that differ.' });
    }
    if (!machine) throw new StudioError('The studio on this computer does not answer, so nothing can be written.', { next: 'Start the studio again.' });
    exportingStore.setState({ writing: true });
    const files = [...result.files, planFile(network, name), ...variantFile(network, name), ...extrasFor(proof?.key ?? '')];
    const written = await machine.writePackage({ folderName: name, files });
    if (!written) return;
    exportingStore.setState({
      written: { key: proof?.key ?? '', ...written, files: files.map((file) => ({ path: file.path, sizeBytes: file.bytes.length })) },
    });
    if (reveal && sessionStore.getState().capabilities?.reveal) await machine.revealFile({ handle: written.handle });
  } catch (error) {
    tellFailure(error, 'Writing the package');
  } finally {
    exportingStore.setState({ writing: false });
  }
}

/** As they were shown; not there where they are being made still. */
function extrasFor(proved: string): readonly ExportFile[] {
  const state = exportingStore.getState();
  const files = state.extras?.key === extrasKey(proved, state) ? state.extras.files : null;
  if (files === null) throw new StudioError('What goes into the package is still being made.', { next: 'Write it again in a moment.' });
  return files;
}

function variantFile(network: ActiveNetwork, name: string): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  const calibration = knownCalibration(network);
  if (!needsVariantFile(network, dataOf(network)?.format ?? null) || !calibration) return [];
  const bytes = writeVariant({
    name,
    model: modelOf(network),
    plan: network.plan,
    calibration,
    reference: modelOf(originalOf(network)),
    preprocess: network.project.data?.preprocess ?? 'raw',
    ...trainingOf(network),
  });
  return [{ path: `${name}.bitvar`, bytes }];
}

export async function revealPackage(): Promise<void> {
  const { written } = exportingStore.getState();
  if (written) await host()?.revealFile({ handle: written.handle }).catch((error: unknown) => tellFailure(error, 'Showing the folder'));
}
