import type { ValueId } from '../graph/graph.ts';

/** Affine int8 grid of a value: real = (q − zeroPoint) · scale, q in −128..127. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface ValueStatistics {
  readonly minimum: number;
  readonly maximum: number;
  /** int8 grid chosen by the observer (MSE by default). */
  readonly grid: Grid;
  /** 2048 bins between minimum and maximum, kept at 128 for display. */
  readonly histogram: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /**
   * Two-level Lloyd fit per channel (last axis), for a one-bit input: x ≈ centre + halfStep·(±1), bit 1 iff x ≥ centre.
   */
  readonly twoLevel: { readonly centre: Float32Array; readonly halfStep: Float32Array };
}

/** What one float pass over the calibration samples measured. Small, structured-clonable, keyed by hash. */
export interface Calibration {
  readonly samples: number;
  readonly values: Readonly<Record<ValueId, ValueStatistics>>;
  readonly hash: string;
}
