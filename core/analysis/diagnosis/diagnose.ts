import type { Formats } from '../../base/format.ts';
import { SCHEME_IDS } from '../../schemes/index.ts';
import { choiceText } from '../../schemes/layer-facts.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import type { LayerEvidence } from './evidence.ts';
import type { Finding, FindingText, Rule, RuleId } from './rule.ts';
import { RULES } from './rules/index.ts';

/** Another choice for the layer that a cause suggests: a plan edit, worth nothing until it is measured. */
export interface Fix {
  readonly choice: LayerChoice;
  /** Causes that it could help against. */
  readonly against: readonly RuleId[];
}

/** Each is a whole deployment and a pass over the probe images. */
const MOST_FIXES = 6;

const RULE_IDS = Object.keys(RULES) as readonly RuleId[];
const ruleOf = (id: RuleId): Rule<RuleId> => RULES[id] as unknown as Rule<RuleId>;

/** Causes of loss in a layer, and the fixes worth trying: other options of its rung first, then heavier rungs from the nearest. */
export function diagnose(evidence: LayerEvidence): { readonly findings: readonly Finding[]; readonly fixes: readonly Fix[] } {
  const findings: Finding[] = [];
  const fixes = new Map<string, { readonly choice: LayerChoice; readonly against: RuleId[] }>();
  for (const rule of RULE_IDS) {
    const facts = ruleOf(rule).find(evidence);
    if (facts === null) continue;
    findings.push({ rule, facts } as Finding);
    for (const choice of ruleOf(rule).candidates(evidence)) {
      const known = fixes.get(choiceText(choice));
      if (known) known.against.push(rule);
      else fixes.set(choiceText(choice), { choice, against: [rule] });
    }
  }
  const rung = (choice: LayerChoice): number => SCHEME_IDS.indexOf(evidence.scheme) - SCHEME_IDS.indexOf(choice.scheme);
  return { findings, fixes: [...fixes.values()].sort((a, b) => rung(a.choice) - rung(b.choice)).slice(0, MOST_FIXES) };
}

export function describeFinding({ rule, facts }: Finding, formats: Formats): FindingText {
  return ruleOf(rule).describe(facts, formats);
}
