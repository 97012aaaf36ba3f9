import { SCHEMES } from '../../../schemes/index.ts';
import { atLeastBits, rungUp } from '../candidates.ts';
import type { Rule } from '../rule.ts';

const ENOUGH_BITS = 8;

function lowBits(evidence: { readonly scheme: keyof typeof SCHEMES }): { readonly bits: number } | null {
  const bits = SCHEMES[evidence.scheme].bitsPerWeight;
  return bits < ENOUGH_BITS ? { bits } : null;
}

const bitsText = (bits: number): string => `${bits} bit${bits === 1 ? '' : 's'} a weight`;

export const firstLayer: Rule<'first-layer'> = {
  find: (evidence) => (evidence.facts.isFirst ? lowBits(evidence) : null),
  describe: ({ bits }) => ({
    what: 'First layer of the network',
    amount: bitsText(bits),
    why: 'Every later layer reads what is lost here, and the layer is small: eight bits cost few bytes.',
  }),
  candidates: (evidence) => atLeastBits(evidence, ENOUGH_BITS),
};

export const lastLayer: Rule<'last-layer'> = {
  find: (evidence) => (evidence.isLast ? lowBits(evidence) : null),
  describe: ({ bits }) => ({
    what: 'Last layer of the network',
    amount: bitsText(bits),
    why: 'Its errors go straight into the answer; nothing behind it averages them out.',
  }),
  candidates: (evidence) => atLeastBits(evidence, ENOUGH_BITS),
};

const MOVED_SHARE = 0.2;

/** Below this share of the result's energy it does not matter what the error is made of. */
const QUIET_DECIBELS = 30;

export const movedStatistics: Rule<'moved-statistics'> = {
  find: ({ output, canCorrect, result }) => {
    if (!output || output.rawSqnr > QUIET_DECIBELS || !result) return null;
    return canCorrect && output.movedShare >= MOVED_SHARE ? { share: output.movedShare } : null;
  },
  describe: ({ share }, formats) => ({
    what: 'Mean and spread of channels moved',
    amount: `${formats.percent(share)} of the error`,
    why: 'Deployment re-estimates batch norm or bias for it already, and keeps that where held-out images gain.',
  }),
  candidates: rungUp,
};
