import { createStore } from 'zustand/vanilla';
import type { ExporterId } from '../../core/export/targets.ts';
import type { ExportResult, ProofRow } from '../../core/jobs/contract.ts';

export const EXPORT_STEPS = ['target', 'fit', 'contents', 'proof', 'package'] as const;
export type ExportStep = (typeof EXPORT_STEPS)[number];

/** What was written and read back in memory; nothing is on disk yet. */
export interface ExportProof {
  /** Network and target that it holds for: an edit makes it void. */
  readonly key: string;
  readonly state: 'running' | 'ended' | 'failed' | 'cancelled' | 'elsewhere';
  readonly done: number;
  readonly total: number;
  readonly rows: readonly ProofRow[];
  readonly startedAtMs: number;
  readonly result: ExportResult | null;
  readonly problem: string | null;
}

export interface WrittenPackage {
  /** Proof that it was written from. */
  readonly key: string;
  readonly folder: string;
  readonly handle: string;
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

export interface ExportingState {
  readonly step: ExportStep;
  readonly target: ExporterId;
  /** Null: the name made from project and variant. */
  readonly name: string | null;
  readonly proof: ExportProof | null;
  readonly written: WrittenPackage | null;
  readonly writing: boolean;
  readonly reveal: boolean;
}

export const exportingStore = createStore<ExportingState>(() => ({
  step: 'target',
  target: 'bitw',
  name: null,
  proof: null,
  written: null,
  writing: false,
  reveal: true,
}));

export function changeProof(key: string, fields: Partial<ExportProof>): void {
  exportingStore.setState((state) => (state.proof?.key === key ? { proof: { ...state.proof, ...fields } } : state));
}

export function proofKey(networkKey: string, target: ExporterId): string {
  return `${target}/${networkKey}`;
}
