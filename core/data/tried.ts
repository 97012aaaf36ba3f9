import { formatsFor } from '../base/format.ts';
import { PREPROCESS, type PreprocessId } from './data-set.ts';

/** What the float network answers right under one preprocessing. */
export interface TriedPreprocess {
  readonly id: PreprocessId;
  /** Share, 0 to 1. */
  readonly accuracy: number;
  /** Test samples it was tried on: fewer where others were soon better. */
  readonly count: number;
}

/** "reaches 90.0 % with ImageNet mean and deviation, 31.0 % with 0 to 1 (÷255)", the best first. Empty where nothing was tried. */
export function triedText(name: string, tried: readonly TriedPreprocess[], chosen: PreprocessId): string {
  if (tried.length === 0) return '';
  const { percent } = formatsFor('en');
  const first = (id: PreprocessId): number => (id === chosen ? 1 : 0);
  const ordered = tried.toSorted((a, b) => first(b.id) - first(a.id) || b.accuracy - a.accuracy);
  return `${name} reaches ${ordered.map(({ id, accuracy }) => `${percent(accuracy, 1)} with ${PREPROCESS[id].label}`).join(', ')} (on up to ${Math.max(...tried.map(({ count }) => count))} test samples).`;
}
