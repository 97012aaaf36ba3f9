import { pairedDifference, type PairedDifference } from '../comparison.ts';
import { NORMAL_QUANTILE } from '../statistics.ts';

/** Answers of one deployed network on the probe images, image by image. */
export interface ProbeAnswers {
  /** KL(float ‖ this) in nats. */
  readonly divergence: Float64Array;
  /** 1 where the answer is right. */
  readonly right: Uint8Array;
}

export interface ProbeSummary {
  /** Mean over the images, in nats. */
  readonly divergence: number;
  readonly correct: number;
  readonly count: number;
}

/** What a fix changes on the same images. Half widths are of 95 % intervals. */
export interface TrialGain {
  /** In nats; below zero is closer to the float network. */
  readonly divergence: PairedDifference;
  /** Of the share of right answers; above zero is better. */
  readonly accuracy: PairedDifference;
  readonly helps: boolean;
}

export function summarise({ divergence, right }: ProbeAnswers): ProbeSummary {
  const count = right.length;
  const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
  return { divergence: count > 0 ? sum(divergence) / count : 0, correct: sum(right), count };
}

/** Mean of the differences of two paired samples with the half width of its 95 % interval (normal approximation). */
export function pairedMean(before: Float64Array, after: Float64Array): PairedDifference {
  const count = before.length;
  if (count === 0) return { change: 0, halfWidth: 0 };
  let mean = 0;
  for (let i = 0; i < count; i++) mean += (after[i] - before[i]) / count;
  let variance = 0;
  for (let i = 0; i < count; i++) variance += (after[i] - before[i] - mean) ** 2 / Math.max(count - 1, 1);
  return { change: mean, halfWidth: NORMAL_QUANTILE * Math.sqrt(variance / count) };
}

/**
 * A fix helps where the answers come closer to the float network's, or more of them are right, beyond chance, and neither
 * gets worse beyond chance.
 */
export function gainOf(before: ProbeAnswers, after: ProbeAnswers): TrialGain {
  let rightToWrong = 0;
  let wrongToRight = 0;
  before.right.forEach((was, i) => {
    if (was === after.right[i]) return;
    if (was === 1) rightToWrong++;
    else wrongToRight++;
  });
  const divergence = pairedMean(before.divergence, after.divergence);
  const accuracy = pairedDifference(rightToWrong, wrongToRight, before.right.length);
  const closer = divergence.change < -divergence.halfWidth;
  const further = divergence.change > divergence.halfWidth;
  const better = accuracy.change > accuracy.halfWidth;
  const worse = accuracy.change < -accuracy.halfWidth;
  return { divergence, accuracy, helps: (closer || better) && !further && !worse };
}
