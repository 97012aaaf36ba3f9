import type { SchemeId } from '../schemes/scheme.ts';

export interface ExportFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a proof found of a layer. */
export interface ProofRow {
  readonly layer: string;
  readonly scheme: SchemeId;
  readonly bytes: number;
  /** Null: known by the results alone. */
  readonly weightsEqual: boolean | null;
  readonly outputs: number;
  readonly differences: number;
  /** Of a layer that another runtime may round otherwise: the root mean square of what differs, as a share. */
  readonly deviation?: number;
}

/** What was written for a target, in memory, and what the proof of it found. */
export interface ExportResult {
  readonly files: readonly ExportFile[];
  readonly weightBytes: number;
  readonly headerBytes: number;
  /** What the target lowers, as sentences. */
  readonly findings: readonly string[];
  readonly proof: {
    readonly equal: boolean;
    readonly samples: number;
    readonly rows: readonly ProofRow[];
    readonly answersEqual: number;
    /** Answers of another runtime that differ and are as good: only where the target says so. */
    readonly ties: number;
    readonly accuracy: number | null;
    readonly reader: string;
  };
}
