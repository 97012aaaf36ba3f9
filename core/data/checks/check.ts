import type { DataSet } from '../data-set.ts';

/** What a check has found, as a sentence. */
export interface Finding {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly text: string;
}

export interface CheckedData {
  readonly data: DataSet;
  /** Numbers that the network answers with; null where there is none. */
  readonly outputs: number | null;
}

export interface DataCheck {
  readonly name: string;
  /** Null where it says nothing about such data. `breathe` is called at every sample. */
  readonly run: (checked: CheckedData, breathe: () => Promise<void>) => Promise<Finding | null>;
}

/** "3, 7, 9 and 12 more" */
export function shortList(items: readonly string[], most = 6): string {
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
