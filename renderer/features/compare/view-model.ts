import type { Formats, ChangeText } from '../../../core/base/format.ts';
import { join } from '../../../core/base/format.ts';
import { isSlower, reasonText, slowerText } from '../../../core/bench/reasons.ts';
import type { Evaluation, SpeedMeasurement } from '../../../core/jobs/contract.ts';
import { confusionDifference, confusionMatrix, findFlips, largestChanges, pairedDifference, type ConfusionMatrix, type Flips } from '../../../core/analysis/comparison.ts';

/** What is known of a variant: null where it has not been measured. */
export interface VariantNumbers {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** Of the parameters as float32: what every size is a share of. */
  readonly floatBytes: number;
  readonly evaluation: Evaluation | null;
  readonly speed: SpeedMeasurement | null;
}

export interface Summary {
  readonly size: { readonly value: string; readonly unit: string; readonly exact: string; readonly ratio: string; readonly meaning: ChangeText['meaning'] };
  readonly accuracy: { readonly value: string; readonly spread: string; readonly images: number; readonly measure: Evaluation['measure']; readonly change: ChangeText | null } | null;
  /** `why`: what holds the variant back, for the tooltip. */
  readonly speed: { readonly value: string; readonly unit: string; readonly ratio: string; readonly meaning: ChangeText['meaning']; readonly why: string } | null;
}

const SIZE_WORDS = { above: 'smaller', below: 'larger', equal: 'same size' };
const SPEED_WORDS = { above: 'faster', below: 'slower', equal: 'same speed' };

/** Answers of two networks on the samples that both have seen, which are always the first ones. */
export interface SharedAnswers {
  readonly samples: number;
  readonly labels: Int32Array | null;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

export function sharedAnswers(before: Evaluation, after: Evaluation, labels: Int32Array | null): SharedAnswers {
  const samples = Math.min(before.predictions.length, after.predictions.length, labels?.length ?? Infinity);
  return {
    samples,
    labels: labels && labels.subarray(0, samples),
    before: before.predictions.subarray(0, samples),
    after: after.predictions.subarray(0, samples),
  };
}

/** Change of accuracy with its paired interval; null where the images have no labels. */
export function accuracyChange(shared: SharedAnswers, formats: Formats): ChangeText | null {
  if (!shared.labels || shared.samples === 0) return null;
  const flips = findFlips(shared.labels, shared.before, shared.after);
  const { change, halfWidth } = pairedDifference(flips.rightToWrong.length, flips.wrongToRight.length, shared.samples);
  if (flips.rightToWrong.length + flips.wrongToRight.length === 0) return formats.points(0, null);
  return formats.points(change, halfWidth);
}

/**
 * What a column shows. `floatMilliseconds` is the original's time where it was only measured beside another variant: every
 * speed is taken in rounds with the float network, so it is a measured number too.
 */
export function summarise(variant: VariantNumbers, original: VariantNumbers, labels: Int32Array | null, formats: Formats, floatMilliseconds: number | null = null): Summary {
  const size = formats.size(variant.bytes);
  const sizeRatio = variant.id === original.id ? 1 : variant.floatBytes / variant.bytes;
  const { evaluation, speed } = variant;
  const milliseconds = speed?.milliseconds ?? floatMilliseconds;
  const accuracy = evaluation && {
    ...formats.accuracy(evaluation.accuracy, evaluation.interval),
    images: evaluation.count,
    measure: evaluation.measure,
    change: variant.id === original.id || !original.evaluation ? null : accuracyChange(sharedAnswers(original.evaluation, evaluation, labels), formats),
  };
  const ratio = speed?.ratio.median ?? 1;
  const slower = isSlower(ratio);
  const ratioText = variant.id === original.id ? '' : slower ? slowerText(ratio, formats) : formats.ratio(ratio, SPEED_WORDS);
  const why = (speed?.reasons ?? []).map((reason) => reasonText(reason, formats)).join(' ');
  const sizeText = variant.id === original.id ? '' : formats.ratio(sizeRatio, SIZE_WORDS);
  return {
    size: { ...size, exact: join(formats.exactSize(variant.bytes)), ratio: sizeText, meaning: sizeText === SIZE_WORDS.equal ? 'none' : sizeRatio > 1 ? 'better' : 'worse' },
    accuracy,
    speed: milliseconds === null ? null : { ...formats.duration(milliseconds), ratio: ratioText, meaning: slower ? 'worse' : ratioText === SPEED_WORDS.equal ? 'none' : 'better', why },
  };
}

export interface ConfusionCell {
  readonly truth: number;
  readonly answer: number;
  readonly change: number;
  /** Class of the tint: w1–w3 worse, g1–g3 better, cell-0 none. */
  readonly tint: string;
}

/** Three steps of tint by share of the largest change. */
export function confusionCells(difference: ConfusionMatrix): readonly ConfusionCell[] {
  const { classes, counts } = difference;
  const largest = counts.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Array.from(counts, (change, index) => {
    const truth = Math.floor(index / classes);
    const answer = index % classes;
    const step = largest === 0 ? 0 : Math.ceil((Math.abs(change) / largest) * 3);
    const better = truth === answer ? change > 0 : change < 0;
    return { truth, answer, change, tint: change === 0 ? 'cell-0' : `${better ? 'g' : 'w'}${step}` };
  });
}

export interface PairView {
  readonly samples: number;
  readonly difference: ConfusionMatrix;
  readonly flips: Flips;
  /** The largest change as a sentence; null when nothing changed. */
  readonly finding: string | null;
}

/** Null where there are no labels to compare with. */
export function comparePair(shared: SharedAnswers, classes: readonly string[], formats: Formats): PairView | null {
  if (!shared.labels) return null;
  const difference = confusionDifference(
    confusionMatrix(shared.labels, shared.before, classes.length),
    confusionMatrix(shared.labels, shared.after, classes.length),
  );
  const largest = largestChanges(difference).find((change) => change.truth !== change.answer);
  return {
    samples: shared.samples,
    difference,
    flips: findFlips(shared.labels, shared.before, shared.after),
    finding: largest ? writeFinding(largest.change, classes[largest.truth], classes[largest.answer], formats) : null,
  };
}

function writeFinding(change: number, truth: string, answer: string, formats: Formats): string {
  const count = formats.count(Math.abs(change));
  const noun = Math.abs(change) === 1 ? 'picture' : 'pictures';
  return `Largest change: ${count} ${noun} of ${truth} ${change > 0 ? 'more are' : 'fewer are'} called ${answer}.`;
}

export function significance(p: number, formats: Formats): string {
  return p < 0.001 ? 'McNemar p < 0.001' : `McNemar p = ${formats.decimal(p, p < 0.1 ? 3 : 2)}`;
}

/** Class names short enough for a column head. */
export function shortClass(name: string): string {
  return name.length <= 2 ? name : name.slice(0, 2);
}
