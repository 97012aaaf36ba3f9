import type { NamedFile } from '../data/data-set.ts';
import type { Model } from '../graph/graph.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import type { Plan } from '../schemes/scheme.ts';

/** What a reader makes of a file, before the rewrites of `graph/passes`. */
export interface ReadModel {
  readonly model: Model;
  /** Sentences about what was read in another way than it stands in the file. */
  readonly notes: readonly string[];
  /** By the name of the layer, where the file already has it in a precision of the ladder. */
  readonly plan?: Plan;
  /** By value, where the file is quantised. */
  readonly grids?: StatedGrids;
}

export interface Importer {
  /** Shown to the user. */
  readonly name: string;
  readonly extensions: readonly string[];
  /** By content, reading a few bytes. */
  readonly detect: (file: NamedFile) => boolean;
  /** The first file is the one that was recognised; the others lie beside it. */
  readonly read: (files: readonly NamedFile[]) => Promise<ReadModel>;
}

/** Thrown while one operator is read that the studio cannot run: it becomes an `unknown` node with this reason. */
export class NotRunnable extends Error {}
