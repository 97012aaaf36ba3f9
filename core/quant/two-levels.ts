import { roundHalfEven } from '../base/round.ts';
import { SMALLEST_SCALE } from './least-squares-scale.ts';

/** Codes of the larger of the two levels of a channel. */
const LARGEST = 127;

/** Levels +p·scale and −n·scale of each channel, as the integer kernels take them. */
export interface TwoLevels {
  readonly scale: Float32Array;
  /** p + 256·n, both 1 to 127. */
  readonly levels: Int32Array;
}

/** The pair of codes that is nearest to the two magnitudes; both arrays [channels]. */
export function twoLevelsOf(positive: Float32Array, negative: Float32Array): TwoLevels {
  const scale = positive.map((value, k) => Math.max(value, negative[k]) / LARGEST).map((value) => Math.max(value, SMALLEST_SCALE));
  const code = (magnitude: number, k: number): number => Math.min(Math.max(roundHalfEven(magnitude / scale[k]), 1), LARGEST);
  return { scale, levels: Int32Array.from(positive, (value, k) => code(value, k) + 256 * code(negative[k], k)) };
}

/** Signs or zeros as the codes that stand for them; [fanIn, channels]. */
export function withLevels(signs: Int8Array, levels: Int32Array): Int8Array {
  const { length } = levels;
  return signs.map((sign, i) => (sign > 0 ? levels[i % length] & 0xff : sign < 0 ? -(levels[i % length] >> 8) : 0));
}

/** The levels that these codes use; 1 where a channel has none of a sign. */
export function levelsIn(codes: Int8Array, channels: number): Int32Array {
  const positive = new Int32Array(channels).fill(1);
  const negative = new Int32Array(channels).fill(1);
  codes.forEach((code, i) => {
    if (code > 0) positive[i % channels] = code;
    else if (code < 0) negative[i % channels] = -code;
  });
  return positive.map((p, k) => p + 256 * negative[k]);
}
