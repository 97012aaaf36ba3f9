import type { VariantPair } from '../../state/comparing.ts';
import { ORIGINAL } from '../../state/edits/new-project.ts';
import type { MenuEntry } from '../../ui/menu.tsx';

/** Pairs that are worth a look: the original and the first column, each against every other column. */
export function pairsOf(columns: readonly string[]): readonly VariantPair[] {
  const starts = [...new Set([ORIGINAL, ...columns.slice(0, 1)])];
  return starts.flatMap((before) => columns.filter((after) => after !== before && after !== ORIGINAL).map((after) => ({ before, after })));
}

/** As a menu; `text` writes a pair out. */
export function pairMenu(pairs: readonly VariantPair[], shown: VariantPair | null, text: (pair: VariantPair) => string, onSelect: (pair: VariantPair) => void): readonly MenuEntry[] {
  return pairs.map((pair) => ({
    id: `${pair.before} ${pair.after}`,
    label: text(pair),
    checked: pair.before === shown?.before && pair.after === shown.after,
    onSelect: () => onSelect(pair),
  }));
}
