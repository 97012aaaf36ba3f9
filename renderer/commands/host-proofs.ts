import { fillBatch, sampleSize } from '../../core/data/preprocess.ts';
import type { ExporterId } from '../../core/export/targets.ts';
import type { ProofProgress } from '../../core/host/contract.ts';
import type { ExportResult, NetworkState } from '../../core/jobs/contract.ts';
import { runJob } from '../host/jobs.ts';
import { host } from '../host/machine.ts';
import { stageBytes } from '../host/staging.ts';
import { packageName } from '../state/package-contents.ts';
import type { ActiveNetwork } from '../state/select/network.ts';
import { sessionStore } from '../state/session.ts';
import { dataOf } from './network-state.ts';

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
export async function proveOnHost(network: ActiveNetwork, state: NetworkState, { samples, signal, onProgress }: HostProof): Promise<ExportResult> {
  const machine = host();
  if (!machine) throw new Error('There is no host.');
  const preprocess = network.project.data?.preprocess ?? 'raw';
  const name = packageName(network);
  const packed = await runJob('exportNetwork', { target: 'bitw', state, name, data: null, preprocess, proofSamples: 0 }, { title: 'Packing the network', signal, quiet: true });
  const data = dataOf(network);
  const count = data ? Math.min(samples, data.test.count) : samples;
  const staged = await stageBytes(machine, packed.files[0].bytes);
  let pictures: string | null = null;
  if (data) {
    const numbers = new Float32Array(count * sampleSize(data));
    fillBatch(numbers, data, 'test', Int32Array.from({ length: count }, (_, i) => i), preprocess);
    pictures = await stageBytes(machine, new Uint8Array(numbers.buffer));
  }
  return machine.proveC99({ staged, name, samples: pictures, count }, { signal, onProgress });
}
