import type { Model } from '../graph.ts';

/** A rewrite that keeps what the network computes. */
export interface Pass {
  readonly id: string;
  /** One round; the same model where nothing changed. `count` is the number of rewrites. */
  readonly run: (model: Model) => { readonly model: Model; readonly count: number };
  /** For the import report. */
  readonly describe: (count: number) => string;
}

export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
