import type { PREPROCESS, PreprocessId } from '../data/data-set.ts';
import type { Model } from '../graph/graph.ts';
import type { TrainingFacts } from '../project/schema.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import type { RecipeFile } from '../project/recipe-file.ts';
import type { NetworkInputs } from '../runtime/deploy.ts';
import type { Program } from '../runtime/program.ts';

/** Of right answers on samples that took no part in training or calibration. */
export interface MeasuredAccuracy {
  readonly count: number;
  readonly correct: number;
  /** Share, 0 to 1. Without labels: agreement with the float network. */
  readonly accuracy: number;
  readonly measure: 'accuracy' | 'agreement';
  /** 95 % Wilson interval. */
  readonly interval: { readonly low: number; readonly high: number };
  /** Mean KL(float ‖ this) in nats. */
  readonly divergence: number;
}

export interface MeasuredSpeed {
  /** Median milliseconds per inference. */
  readonly milliseconds: number;
  readonly floatMilliseconds: number;
  /** float ÷ this, per round. */
  readonly ratio: { readonly median: number; readonly lowerQuartile: number; readonly upperQuartile: number };
  readonly rounds: number;
  readonly threads: number;
  readonly environment: string;
  readonly layers: readonly { readonly layer: string; readonly milliseconds: number; readonly floatMilliseconds: number; readonly kernel: string }[];
}

/** What was measured of the network that is exported. Null: not measured. */
export interface Measurements {
  readonly accuracy: MeasuredAccuracy | null;
  readonly floatAccuracy: MeasuredAccuracy | null;
  readonly speed: MeasuredSpeed | null;
}

/** The distribution of weights, and what the grid does to it. */
export interface LayerPicture {
  readonly weights: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /** Levels of the median channel's grid; empty for float32 and grids of many levels. */
  readonly levels: readonly number[];
  readonly zeroShare: number;
  /** Signal to quantisation noise of the weights in dB; null for float32. */
  readonly sqnr: number | null;
}

/** Where an exported network comes from, and what was measured of it. */
export interface ExportOrigin {
  /** The float network; the state's own model where it was not trained. */
  readonly reference?: Model;
  /** File that the float network was read from. */
  readonly sourceName?: string;
  /** Of a file that was quantised already. */
  readonly grids?: StatedGrids;
  readonly training?: TrainingFacts;
  readonly measured?: Partial<Measurements>;
  /** What to type for the same file. */
  readonly command?: string;
}

export interface DataFacts {
  readonly name: string;
  readonly hash: string;
  /** Reader that opened it; "sample" is drawn and in no file. */
  readonly format: string;
  readonly classes: readonly string[];
  readonly testCount: number;
  /** What calibration saw: training images where there are any. */
  readonly calibrationSplit: 'train' | 'test';
  readonly preprocess: { readonly id: PreprocessId } & (typeof PREPROCESS)[PreprocessId];
}

/** What is known of a network besides its deployed program. What is absent is unknown: exporters say so and make nothing up. */
export interface ExportContext {
  readonly state: NetworkInputs;
  /** The float network that it was made from; the state's own model where it was not trained. */
  readonly reference: Model;
  /** File that the float network was read from, or null. */
  readonly sourceName: string | null;
  /** The data set at hand, or null. */
  readonly data: DataFacts | null;
  /** How it was trained; null where it was not. */
  readonly training: TrainingFacts | 'unknown' | null;
  readonly measured: Measurements;
  /** What to type for the same file, or null. */
  readonly command: string | null;
  /** A layer's weights as they are deployed, drawn. */
  picture(layer: string): LayerPicture;
  /** Preprocessed samples of the data set, or noise without one; the same buffer each time. */
  sample(index: number): Float32Array;
  /** Makes the network of a recipe again from the float network and the data at hand. */
  replay(recipe: RecipeFile): Promise<Program>;
}
