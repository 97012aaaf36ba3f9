import type { Model } from '../graph.ts';
import { dropIdentity } from './drop-identity.ts';
import { dropUnread } from './drop-unread.ts';
import { foldPad } from './fold-pad.ts';
import { foldTranspose } from './fold-transpose.ts';
import { mergeConstantAdd } from './merge-constant-add.ts';
import type { Pass } from './pass.ts';

/** The rewrites of every import, repeated until none applies. Batch norms stay: training needs them. */
export const IMPORT_PASSES: readonly Pass[] = [dropUnread, dropIdentity, foldTranspose, mergeConstantAdd, foldPad];

export function normalise(model: Model): { readonly model: Model; readonly folds: readonly string[] } {
  const counts = new Map<Pass, number>();
  let current = model;
  for (let changed = true; changed; ) {
    changed = false;
    for (const pass of IMPORT_PASSES) {
      for (;;) {
        const { model: next, count } = pass.run(current);
        if (count === 0) break;
        current = next;
        changed = true;
        counts.set(pass, (counts.get(pass) ?? 0) + count);
      }
    }
  }
  return { model: current, folds: [...counts].map(([pass, count]) => pass.describe(count)) };
}
