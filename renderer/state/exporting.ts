import { createStore } from 'zustand/vanilla';
import type { ExporterId } from '../../core/export/targets.ts';
import { CONTENTS, type ContentId } from '../../core/export/contents/table.ts';
import type { ArenaUse, ExportFile, TargetCheck } from '../../core/export/result.ts';
import type { ExportResult, ProofRow } from '../../core/jobs/contract.ts';

export const EXPORT_STEPS = ['target', 'fit', 'contents', 'proof', 'package'] as const;
export type ExportStep = (typeof EXPORT_STEPS)[number];

/** What was written and read back in memory; nothing is on disk yet. */
export interface ExportProof {
  /** Network, name and target that it holds for: an edit makes it void. */
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

/** What every target makes of a network, before a proof. */
export interface TargetChecks {
  /** Network and name that it holds for. */
  readonly key: string;
  readonly checks: Readonly<Partial<Record<ExporterId, TargetCheck>>>;
  /** Null until all targets are checked. */
  readonly arena: ArenaUse | null;
  /** Why there will be no more of them; null while they are made, and after. */
  readonly problem: string | null;
}

/** What goes beside the target's files, as it will be written. */
export interface PackageExtras {
  readonly key: string;
  /** Null while they are made. */
  readonly files: readonly ExportFile[] | null;
}

export interface ExportingState {
  readonly step: ExportStep;
  readonly target: ExporterId;
  /** Null: the name made from project and variant. */
  readonly name: string | null;
  readonly checks: TargetChecks | null;
  readonly contents: readonly ContentId[];
  readonly extras: PackageExtras | null;
  readonly proof: ExportProof | null;
  readonly written: WrittenPackage | null;
  readonly writing: boolean;
  readonly reveal: boolean;
}

export const exportingStore = createStore<ExportingState>(() => ({
  step: 'target',
  target: 'bitw',
  name: null,
  checks: null,
  contents: (Object.keys(CONTENTS) as ContentId[]).filter((id) => CONTENTS[id].initial),
  extras: null,
  proof: null,
  written: null,
  writing: false,
  reveal: true,
}));

export function changeProof(key: string, fields: Partial<ExportProof>): void {
  exportingStore.setState((state) => (state.proof?.key === key ? { proof: { ...state.proof, ...fields } } : state));
}

export function changeChecks(key: string, change: (checks: TargetChecks) => Partial<TargetChecks>): void {
  exportingStore.setState((state) => (state.checks?.key === key ? { checks: { ...state.checks, ...change(state.checks) } } : state));
}

/** Network and name that the checks hold for: the name stands in the files. */
export function checksKey(networkKey: string, name: string): string {
  return JSON.stringify([networkKey, name]);
}

export function proofKey(networkKey: string, name: string, target: ExporterId): string {
  return JSON.stringify([networkKey, name, target]);
}

/** What the files beside the target's hold for; a proof that has ended is told in them. */
export function extrasKey(proofKey: string, { contents, proof }: Pick<ExportingState, 'contents' | 'proof'>): string {
  return JSON.stringify([proofKey, contents.toSorted(), proof?.key === proofKey && proof.result !== null]);
}
