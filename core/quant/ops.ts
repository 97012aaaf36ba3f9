/**
 * The arithmetic a scheme's formula is written in. Two implementations: plain arrays here, tfjs in `core/train`.
 * A weight tensor is [fanIn, channels]; per-channel results are [channels] and broadcast over fanIn.
 */
export interface Ops<T> {
  constant(value: number): T;
  absolute(x: T): T;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  minimum(a: T, b: T): T;
  maximum(a: T, b: T): T;
  /** Half to even. */
  round(x: T): T;
  /** +1 where x ≥ 0, otherwise −1. */
  sign(x: T): T;
  /** 1 where a > b, otherwise 0. */
  greater(a: T, b: T): T;
  /** 1 where a ≥ b, otherwise 0. */
  greaterEqual(a: T, b: T): T;
  /** Mean over fanIn: [fanIn, channels] → [channels]. */
  channelMean(x: T): T;
  channelSum(x: T): T;
  channelMaximum(x: T): T;
  /**
   * The scale per channel of a symmetric grid −largest…largest with the least squared error, over 100 clips in
   * [0.2, 1]·max|x| (METHODS §3). Always computed on arrays and detached: it starts a training run and is then fixed.
   */
  leastSquaresScale(x: T, largest: number): T;
}
