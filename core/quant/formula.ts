import type { OptionValues } from './fields.ts';
import type { Ops } from './ops.ts';

/** Integer codes, and where the straight-through gradient passes (1 inside, 0 outside); both [fanIn, channels]. */
export interface Codes<T> {
  readonly codes: T;
  readonly gradientMask: T;
}

/**
 * How weights become codes: weight ≈ code · scale, one positive scale per output channel. Written once over `Ops<T>`,
 * for arrays (post-training, analysis, tests) and for tfjs (training). Weights are [fanIn, channels].
 */
export interface WeightFormula {
  scale<T>(ops: Ops<T>, weights: T, options: OptionValues): T;
  codes<T>(ops: Ops<T>, weights: T, scale: T, options: OptionValues): Codes<T>;
  /** Levels besides zero of a channel's codes; 2: of different magnitude, stored as two code levels a channel. */
  levels(options: OptionValues): 'grid' | 1 | 2;
  /** In training: computed again from the latent weights at each step, or kept from calibration. */
  readonly trainedScale: 'recomputed' | 'fixed';
  /** Where the scale is learned by gradient. */
  readonly learnedScale: {
    /** ∂ŵ/∂scale of each weight, [fanIn, channels]. */
    slope<T>(ops: Ops<T>, weights: T, scale: T, codes: Codes<T>): T;
    /** What the sum of a channel's slopes is multiplied by. */
    factor(fanIn: number): number;
  };
  /** Latent weights are clipped to ±1 after each training step (METHODS §2). */
  readonly clipsLatents: boolean;
}
