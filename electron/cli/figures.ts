import { formatsFor } from '../../core/base/format.ts';
import type { Evaluation } from '../../core/jobs/contract.ts';

const formats = formatsFor('en');

/** "85.5 % right: 171 of 200 (95 % interval 80.0 to 89.7 %)" */
export function accuracyText({ accuracy, correct, count, interval, measure, milliseconds }: Evaluation): string {
  const what = measure === 'accuracy' ? 'right' : 'answered like the float network (there are no labels)';
  const [low, high] = [interval.low, interval.high].map((share) => (100 * share).toFixed(1));
  const each = milliseconds / Math.max(1, count);
  // One sample in a thousand still shows.
  return `${formats.percent(accuracy, count < 1000 ? 1 : 2)} ${what}: ${formats.count(correct)} of ${formats.count(count)} (95 % interval ${low} to ${high} %), ${each.toFixed(2)} ms a sample`;
}

export function sizeText(bytes: number, floatBytes: number): string {
  return `${formats.count(bytes)} bytes, ${(floatBytes / bytes).toFixed(1)} times smaller than its parameters as float32`;
}
