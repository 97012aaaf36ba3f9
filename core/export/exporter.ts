import type { Program } from '../runtime/program.ts';

export interface ExportFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What stands in the way of a target, or is lowered for it, said before anything is written. */
export interface Finding {
  readonly layer: string | null;
  readonly severity: 'refused' | 'lowered';
  readonly message: string;
}

/** One row of the export wizard. */
export interface Exporter {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly extension: string;
  /** Checks the deployed network against the target. */
  supports(program: Program): readonly Finding[];
  /** The main file, whose size the meter shows. */
  write(program: Program, name: string): ExportFile;
  /** Opens a written file again, from its bytes alone. */
  read(file: ExportFile): Program;
}
