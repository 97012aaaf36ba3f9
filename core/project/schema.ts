import type { Graph } from '../graph/graph.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import type { OptionValues } from '../quant/fields.ts';
import type { PreprocessId } from '../data/data-set.ts';

/** The saved, undoable document. Weights and images are blobs by content hash, never in here. */
export interface Project {
  readonly formatVersion: 1;
  readonly name: string;
  readonly source: {
    readonly fileName: string;
    readonly format: string;
    readonly graph: Graph;
    readonly weightsHash: string;
    /** Bytes of the parameters as float32. */
    readonly floatBytes: number;
    /** The ranges that the file states, where it is quantised. */
    readonly grids?: StatedGrids;
  };
  readonly data: DataReference | null;
  readonly variants: Readonly<Record<string, Variant>>;
  /** Creation order. */
  readonly order: readonly string[];
  readonly active: string;
  readonly budgets: { readonly sizeBytes?: number; readonly accuracy?: number; readonly milliseconds?: number };
}

/** The pictures themselves are not part of a project: only what they are and how to find them again. */
export interface DataReference {
  readonly name: string;
  readonly hash: string;
  readonly preprocess: PreprocessId;
  /** Reader that opened it; "sample" is drawn again. */
  readonly format: string;
  /** Names of the files it was read from, without folders. */
  readonly files: readonly string[];
}

/** The float network, which nothing changes: every project has it. */
export const ORIGINAL_VARIANT = 'original';

export interface Variant {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly plan: Plan;
  readonly lockedLayers: readonly string[];
  /** Null until trained. A trained variant has its own graph (after surgery), weights and fixed activation ranges. */
  readonly trained: null | ({
    readonly graph: Graph;
    readonly weightsHash: string;
    readonly calibrationHash: string;
  } & Pick<TrainingFacts, 'recipe' | 'seed'> &
    // Absent in projects from before they were kept.
    Partial<Omit<TrainingFacts, 'recipe' | 'seed'>>);
}

/** How a trained network came about, as far as it was kept. Null: not kept, so that nobody can train it again to the same bits. */
export interface TrainingFacts {
  readonly recipe: OptionValues;
  readonly seed: number;
  /** Choices of single layers. */
  readonly layers: Readonly<Record<string, OptionValues>> | null;
  /** Hash of the network that the run started from. */
  readonly from: string | null;
  /** Hash of the data set that it was trained on. */
  readonly data: string | null;
  /** What a person changed while it ran, in words. */
  readonly changes: readonly string[] | null;
}
