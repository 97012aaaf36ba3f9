import { StudioError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import type { WeightId } from '../graph/graph.ts';
import { decodeMessage, encodeMessage } from '../rpc/codec.ts';
import type { AdamOptimiser } from './optimiser.ts';
import type { HistoryEntry } from './report.ts';

/** Everything that a run needs to go on exactly where it was. Random numbers come from seed and step: they have no state. */
export interface Checkpoint {
  /** Network, precisions, recipe, seed and data that the run belongs to. */
  readonly run: string;
  /** Steps done. */
  readonly step: number;
  readonly weights: ReadonlyMap<WeightId, Float32Array>;
  readonly optimiser: ReturnType<AdamOptimiser['state']>;
  readonly history: readonly HistoryEntry[];
  /** Losses since the last entry of the history. */
  readonly pending: { readonly loss: number; readonly count: number };
}

const FORMAT = 'bitwright-checkpoint';
const VERSION = 1;

export function writeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  return encodeMessage({ format: FORMAT, version: VERSION, checkpoint });
}

export function readCheckpoint(bytes: Uint8Array, run: string): Checkpoint {
  const next = 'Start the run from its beginning.';
  const fail = (reason: string, cause?: unknown): never => {
    throw new StudioError(`The checkpoint cannot be used: ${reason}.`, { where: 'resume', next, cause });
  };
  let message: unknown;
  try {
    message = decodeMessage(bytes);
  } catch (error) {
    return fail(`its ${bytes.length} bytes are damaged`, error);
  }
  const { format, version, checkpoint } = (message ?? {}) as { format?: unknown; version?: unknown; checkpoint?: Checkpoint };
  if (format !== FORMAT || !checkpoint) return fail('it is something else');
  if (version !== VERSION) return fail(`its version is ${String(version)} where ${VERSION} can be read`);
  if (checkpoint.run !== run) return fail('it belongs to another run (network, precisions, recipe, seed or data differ)');
  return checkpoint;
}

export function runKey(...parts: readonly unknown[]): string {
  return sha256(JSON.stringify(parts));
}
