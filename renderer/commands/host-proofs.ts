import { StudioError } from '../../core/base/errors.ts';
import type { ExporterId } from '../../core/export/targets.ts';
import type { ProofProgress } from '../../core/host/contract.ts';
import type { ExportResult, ExportSubject } from '../../core/jobs/contract.ts';
import { runJob } from '../host/jobs.ts';
import { host } from '../host/machine.ts';
import { stageBytes } from '../host/staging.ts';
import { sessionStore } from '../state/session.ts';

interface HostProof {
  readonly samples: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProofProgress) => void;
}

/** The host can prove the target, which a page cannot. */
export function provesOnHost(target: ExporterId): boolean {
  return target === 'c99' && host() !== null && (sessionStore.getState().capabilities?.compiler ?? null) !== null;
}

/** Hands the packed network over, and the pictures as the network takes them; the host writes the C, compiles and compares it. */
export async function proveOnHost({ name, ...subject }: ExportSubject, { samples, signal, onProgress }: HostProof): Promise<ExportResult> {
  const machine = host();
  if (!machine) throw new StudioError('The studio on this computer does not answer.', { next: 'Start the studio again.' });
  const input = await runJob('proofInput', { ...subject, name, samples }, { title: 'Packing the network', signal, quiet: true });
  const staged = await stageBytes(machine, input.packed);
  const pictures = input.samples && (await stageBytes(machine, input.samples));
  return machine.proveC99({ staged, name, samples: pictures, count: input.count }, { signal, onProgress });
}
