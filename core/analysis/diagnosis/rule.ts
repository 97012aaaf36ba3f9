import type { Formats } from '../../base/format.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import type { LayerEvidence } from './evidence.ts';

/** Facts of every cause that a rule can find: numbers only, so that they travel and each language writes its own sentence. */
export interface FindingFacts {
  readonly 'coarse-grid': { readonly sqnr: number };
  readonly 'better-options': { readonly gain: number };
  readonly 'weak-channels': { readonly channels: readonly number[]; readonly sqnr: number; readonly median: number };
  readonly 'clipped-weights': { readonly share: number; readonly noiseShare: number };
  readonly 'clipped-inputs': { readonly share: number; readonly high: number };
  readonly 'outlier-input': { readonly channel: number; readonly ratio: number; readonly levels: number };
  readonly 'dead-channels': { readonly channels: readonly number[]; readonly of: number };
  readonly 'depthwise-spread': { readonly ratio: number; readonly levels: number };
  readonly 'skewed-signs': { readonly channels: readonly number[]; readonly of: number; readonly worstShare: number };
  readonly 'relu-before-sign': { readonly ones: number | null };
  readonly 'few-taps': { readonly taps: number; readonly oneBitInputs: boolean };
  readonly 'first-layer': { readonly bits: number };
  readonly 'last-layer': { readonly bits: number };
  readonly 'moved-statistics': { readonly share: number };
}

export type RuleId = keyof FindingFacts;
export type Finding = { [K in RuleId]: { readonly rule: K; readonly facts: FindingFacts[K] } }[RuleId];

export interface FindingText {
  /** The cause in a few words, and its size. */
  readonly what: string;
  readonly amount: string;
  /** Why it matters, and what helps where no choice of precision does. */
  readonly why: string;
}

/** One cause of loss: how it is recognised, how it is said, and which other choices of the layer are worth trying. */
export interface Rule<K extends RuleId> {
  find(evidence: LayerEvidence): FindingFacts[K] | null;
  describe(facts: FindingFacts[K], formats: Formats): FindingText;
  candidates(evidence: LayerEvidence): readonly LayerChoice[];
}
