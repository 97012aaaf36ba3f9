import type { Evaluation, Interval } from '../../core/jobs/contract.ts';

/** 97.5 % point of the normal distribution. */
const Z = 1.959963984540054;

/** Wilson's 95 % score interval of a share (Wilson 1927; METHODS.md §9). */
export function wilsonInterval(correct: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 };
  const share = correct / count;
  const scale = 1 + (Z * Z) / count;
  const centre = (share + (Z * Z) / (2 * count)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** One evaluation of neighbouring samples: the first's, then the second's. */
export function mergeEvaluations(first: Evaluation, second: Evaluation): Evaluation {
  const count = first.count + second.count;
  const correct = first.correct + second.correct;
  const predictions = new Int32Array(count);
  predictions.set(first.predictions);
  predictions.set(second.predictions, first.count);
  return {
    count,
    correct,
    accuracy: correct / count,
    measure: first.measure,
    interval: wilsonInterval(correct, count),
    predictions,
    divergence: (first.divergence * first.count + second.divergence * second.count) / count,
    milliseconds: first.milliseconds + second.milliseconds,
  };
}
