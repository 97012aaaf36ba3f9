import type { NodeId, ValueId } from '../graph/graph.ts';

/** Samples that calibration sees, wherever it runs: screen and command line must deploy the same network. */
export const CALIBRATION_SAMPLES = 256;

/** Affine int8 grid of a value: real = (q − zeroPoint) · scale, q in −128..127. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Grids by value, as a file that is already quantised states them. */
export type StatedGrids = Readonly<Record<ValueId, Grid>>;

export interface ValueStatistics {
  readonly minimum: number;
  readonly maximum: number;
  /** int8 grid chosen by the observer (MSE by default), or the one that the network's file states. */
  readonly grid: Grid;
  /** 2048 bins between minimum and maximum, kept at 128 for display. */
  readonly histogram: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /**
   * Two-level Lloyd fit per channel (last axis), for a one-bit input: x ≈ centre + halfStep·(±1), bit 1 iff x ≥ centre.
   */
  readonly twoLevel: { readonly centre: Float32Array; readonly halfStep: Float32Array };
}

/** Share of the kept images that only judge a correction; the ones before them are what it is measured on. */
const JUDGING_SHARE = 0.25;

/** How many of the kept images re-estimation measures. 0: too few to judge it as well. */
export function measuredImages(kept: number): number {
  const judges = Math.floor(kept * JUDGING_SHARE);
  return judges === 0 ? 0 : kept - judges;
}

/** Per channel, of a layer's result before its activation (after batch norm, if one follows). */
export interface LayerStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface TrainedScale {
  readonly scheme: string;
  readonly scale: Float32Array;
  /** Two learned levels a channel, p + 256·n. */
  readonly levels?: Int32Array;
}

/** What one float pass over the calibration samples measured. Small, structured-clonable, keyed by hash. */
export interface Calibration {
  readonly samples: number;
  readonly values: Readonly<Record<ValueId, ValueStatistics>>;
  /** By layer id, over all samples. */
  readonly layers: Readonly<Record<NodeId, LayerStatistics>>;
  /**
   * The same over the kept images that re-estimation measures, so that its comparison is between equal images. Older files
   * lack it.
   */
  readonly matched?: Readonly<Record<NodeId, LayerStatistics>>;
  /**
   * A few preprocessed samples end to end, kept for batch norm re-estimation. Empty where the network was trained
   * with its precisions and must be deployed as it is.
   */
  readonly images: Float32Array;
  /**
   * Weight scales that training kept fixed, by layer, with the scheme they belong to: the codes of a trained layer are
   * computed with them. Under another scheme the layer's scales come from the scheme's formula, as everywhere else.
   */
  readonly weightScales?: Readonly<Record<NodeId, TrainedScale>>;
  readonly hash: string;
}

/** One that re-estimates on fewer images than it chooses codes by; within a job, never in a file. */
export interface LighterCalibration extends Calibration {
  readonly codeImages: Float32Array;
}

/** The images that codes are chosen by. */
export function codeImages(calibration: Calibration | LighterCalibration): Float32Array {
  return 'codeImages' in calibration ? calibration.codeImages : calibration.images;
}
