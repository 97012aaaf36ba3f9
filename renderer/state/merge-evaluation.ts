import { wilsonInterval } from '../../core/analysis/statistics.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';

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
