import { SCHEMES, SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { Plan } from '../../../../core/schemes/scheme.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { kernelText, type LayerInfo } from '../../../state/select/layers.ts';

export type FilterTerm =
  | { readonly kind: 'word'; readonly word: string }
  /** Position on the ladder, 0 = FP32. "< INT8" is fewer bits, so a later rung. */
  | { readonly kind: 'rung'; readonly sign: '<' | '>' | '='; readonly position: number };

/** "conv < INT8": every term must hold. */
export function parseFilter(text: string): readonly FilterTerm[] {
  const tokens = text.trim().replace(/([<>=])\s+/g, '$1').split(/\s+/).filter(Boolean);
  return tokens.flatMap((token): readonly FilterTerm[] => {
    const sign = token[0];
    if (sign !== '<' && sign !== '>' && sign !== '=') return [{ kind: 'word', word: token.toLowerCase() }];
    const name = token.slice(1).toUpperCase();
    const position = name === '' ? -1 : SCHEME_IDS.findIndex((id) => SCHEMES[id].name.startsWith(name));
    // A comparison that is not finished yet shows everything.
    return position < 0 ? [] : [{ kind: 'rung', sign, position }];
  });
}

export function matchesFilter(terms: readonly FilterTerm[], info: LayerInfo, plan: Plan): boolean {
  const rung = SCHEME_IDS.indexOf(schemeOf(plan, info.id));
  const text = `${info.id} ${info.node.op} ${kernelText(info)}`.toLowerCase();
  return terms.every((term) => {
    if (term.kind === 'word') return text.includes(term.word);
    return term.sign === '<' ? rung > term.position : term.sign === '>' ? rung < term.position : rung === term.position;
  });
}
