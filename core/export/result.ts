import type { SchemeId } from '../schemes/scheme.ts';
import type { ExporterId } from './targets.ts';

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
    /** Right answers among the samples, of the network on screen and of the written one; null without labels or without samples. */
    readonly right: { readonly shown: number; readonly written: number } | null;
    readonly reader: string;
  };
}

/** What stands in the way of a target, or is lowered for it, said before anything is written. */
export interface Finding {
  readonly layer: string | null;
  readonly severity: 'refused' | 'lowered';
  readonly message: string;
}

/** What of flash and RAM a target takes on a Cortex-M4, built with -Os. */
export interface DeviceUse {
  /** Instructions, with what they need of the compiler's own library. */
  readonly codeBytes: number;
  /** Weights and all else that is only read. */
  readonly constantBytes: number;
  /** What a run writes, input and output included; the stack is not. */
  readonly ramBytes: number;
}

/** What a target makes of a network: written in memory, neither proved nor on disk. */
export interface TargetCheck {
  readonly target: ExporterId;
  readonly findings: readonly Finding[];
  /** Empty where it refuses the network. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Bytes that hold the network, of the file or files above. */
  readonly networkBytes: number;
  /** What each layer takes of them. */
  readonly layerBytes: Readonly<Record<string, number>>;
  /** Share of the answers that the target promises to be the studio's own; the proof measures what they are. */
  readonly promised: number;
  readonly device: DeviceUse | null;
}

/** A stretch of memory that holds a value, and when. */
export interface ArenaBlock {
  /** Of the value that is stored there first. */
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Steps, counted from 0; −1 is before the first, their number behind the last. */
  readonly first: number;
  readonly last: number;
}

/** The memory of a run, over its steps. */
export interface ArenaUse {
  readonly bytes: number;
  readonly steps: readonly string[];
  readonly blocks: readonly ArenaBlock[];
  /** The step at which most bytes are in use, and how many. */
  readonly peak: { readonly step: number; readonly bytes: number };
}
