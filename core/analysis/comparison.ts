import { choiceOf, type ResolvedChoice } from '../schemes/layer-facts.ts';
import type { Plan } from '../schemes/scheme.ts';
import { StudioError } from '../base/errors.ts';
import { NORMAL_QUANTILE } from './statistics.ts';

/** Counts of (true class, chosen class), row-major. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Int32Array;
}

function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>, what: string): void {
  if (a.length !== b.length) {
    throw new StudioError(`${what} belong to ${a.length} and to ${b.length} samples, so they cannot be compared.`, {
      next: 'Measure both on the same samples.',
    });
  }
}

export function confusionMatrix(labels: Int32Array, predictions: Int32Array, classes: number): ConfusionMatrix {
  requireSameLength(labels, predictions, 'Labels and answers');
  const counts = new Int32Array(classes * classes);
  for (let sample = 0; sample < labels.length; sample++) {
    const truth = labels[sample];
    const answer = predictions[sample];
    if (truth >= 0 && truth < classes && answer >= 0 && answer < classes) counts[truth * classes + answer]++;
  }
  return { classes, counts };
}

export interface ConfusionChange {
  readonly truth: number;
  readonly answer: number;
  readonly change: number;
  /** More right answers, or fewer of one mistake. */
  readonly better: boolean;
}

/** Cell by cell, after − before. */
export function confusionDifference(before: ConfusionMatrix, after: ConfusionMatrix): ConfusionMatrix {
  if (before.classes !== after.classes) throw new StudioError('The two networks answer with different sets of classes.');
  return { classes: before.classes, counts: after.counts.map((value, index) => value - before.counts[index]) };
}

/** Cells of a difference that are not zero, largest change first; ties in reading order. */
export function largestChanges(difference: ConfusionMatrix): readonly ConfusionChange[] {
  const changes: ConfusionChange[] = [];
  difference.counts.forEach((change, index) => {
    if (change === 0) return;
    const truth = Math.floor(index / difference.classes);
    const answer = index % difference.classes;
    changes.push({ truth, answer, change, better: truth === answer ? change > 0 : change < 0 });
  });
  return changes.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

/** Sample indices by what happened to their answer between two networks. */
export interface Flips {
  readonly rightToWrong: readonly number[];
  readonly wrongToRight: readonly number[];
  /** Wrong before and after, but with another class. */
  readonly wrongToWrong: readonly number[];
  readonly unchanged: number;
}

export function findFlips(labels: Int32Array, before: Int32Array, after: Int32Array): Flips {
  requireSameLength(before, after, 'The answers');
  requireSameLength(labels, before, 'Labels and answers');
  const rightToWrong: number[] = [];
  const wrongToRight: number[] = [];
  const wrongToWrong: number[] = [];
  for (let sample = 0; sample < labels.length; sample++) {
    if (before[sample] === after[sample]) continue;
    if (before[sample] === labels[sample]) rightToWrong.push(sample);
    else if (after[sample] === labels[sample]) wrongToRight.push(sample);
    else wrongToWrong.push(sample);
  }
  const changed = rightToWrong.length + wrongToRight.length + wrongToWrong.length;
  return { rightToWrong, wrongToRight, wrongToWrong, unchanged: labels.length - changed };
}

export interface PairedDifference {
  /** Share after − share before, 0 to 1. */
  readonly change: number;
  /** Half width of the 95 % interval. */
  readonly halfWidth: number;
}

/**
 * Difference of two accuracies on the same samples. The interval is the adjusted Wald one of Agresti and Min,
 * "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine 24 (2005):
 * half a sample is added to each cell of the 2 × 2 table, so that it does not collapse when nothing flipped.
 */
export function pairedDifference(rightToWrong: number, wrongToRight: number, samples: number): PairedDifference {
  if (samples === 0) return { change: 0, halfWidth: 0 };
  const lost = rightToWrong + 0.5;
  const won = wrongToRight + 0.5;
  const total = samples + 2;
  const deviation = Math.sqrt(lost + won - (won - lost) ** 2 / total) / total;
  return { change: (wrongToRight - rightToWrong) / samples, halfWidth: NORMAL_QUANTILE * deviation };
}

export interface PlanRow {
  readonly layer: string;
  /** One choice a plan with every option filled in; float32 where the plan does not list the layer. */
  readonly choices: readonly ResolvedChoice[];
  /** For each plan: its choice is not the most frequent one of this row. All false where all agree. */
  readonly odd: readonly boolean[];
  readonly differs: boolean;
}

/** Text that is equal for equal choices: the scheme and its options, in the order of their names. */
function choiceKey(choice: ResolvedChoice): string {
  const options = Object.entries(choice.options).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([choice.scheme, options]);
}

export function planRows(layers: readonly string[], plans: readonly Plan[]): readonly PlanRow[] {
  return layers.map((layer) => {
    const choices = plans.map((plan) => choiceOf(plan, layer));
    const keys = choices.map(choiceKey);
    const frequency = (key: string) => keys.filter((other) => other === key).length;
    const most = Math.max(...keys.map(frequency), 0);
    const differs = keys.some((key) => key !== keys[0]);
    // With no majority (all rows differ) every cell is marked: none of them is the usual one.
    const odd = keys.map((key) => differs && (most === 1 || frequency(key) < most));
    return { layer, choices, odd, differs };
  });
}

export interface ParetoPoint {
  /** Less is better: bytes or milliseconds. */
  readonly cost: number;
  /** More is better: accuracy. */
  readonly value: number;
}

/** Indices of the points that no other point beats in both, cheapest first. Of equal points the first stays. */
export function paretoFront(points: readonly ParetoPoint[]): readonly number[] {
  const order = points.map((_, index) => index).sort((a, b) => points[a].cost - points[b].cost || points[b].value - points[a].value || a - b);
  const front: number[] = [];
  let best = -Infinity;
  for (const index of order) {
    if (points[index].value > best) {
      front.push(index);
      best = points[index].value;
    }
  }
  return front;
}
