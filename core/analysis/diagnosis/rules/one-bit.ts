import { SCHEMES } from '../../../schemes/index.ts';
import { channelList } from '../channel-list.ts';
import { otherOptions, rungUp, wholeInputs } from '../candidates.ts';
import type { Rule } from '../rule.ts';

/** Distance from one half that is called skewed, where chance alone (three deviations) would not make it. */
const SKEW = 0.2;
const DEVIATIONS = 3;

export const skewedSigns: Rule<'skewed-signs'> = {
  find: ({ coded, scheme }) => {
    const { quantised, kernel, channels } = coded;
    if (!quantised || SCHEMES[scheme].largestCode !== 1) return null;
    const positive = new Float64Array(channels);
    const signs = new Float64Array(channels);
    for (let i = 0; i < kernel.length; i++) {
      const code = quantised.codes[i];
      if (code !== 0) signs[i % channels]++;
      if (code > 0) positive[i % channels]++;
    }
    const share = positive.map((count, c) => (signs[c] > 0 ? count / signs[c] : 0.5));
    const distance = (channel: number): number => Math.abs(share[channel] - 0.5);
    const skewed = (channel: number): boolean => distance(channel) > Math.max(SKEW, (DEVIATIONS * 0.5) / Math.sqrt(Math.max(signs[channel], 1)));
    const found = [...share.keys()].filter(skewed).sort((a, b) => distance(b) - distance(a));
    return found.length === 0 ? null : { channels: found, of: channels, worstShare: share[found[0]] };
  },
  describe: ({ channels, of, worstShare }, formats) => ({
    what: `${channelList(channels, formats)} mostly of one sign`,
    amount: `${formats.count(channels.length)} of ${formats.count(of)}`,
    why: `In the worst one ${formats.percent(Math.max(worstShare, 1 - worstShare))} of the signs agree: with one magnitude for both sides, what tells its weights apart is lost.`,
  }),
  candidates: (evidence) => [...otherOptions(evidence), ...rungUp(evidence)],
};

/** Below these, a sum of one-bit products is coarse, and one magnitude stands for few weights. */
const ONE_BIT_TAPS = 64;
const SIGN_TAPS = 16;

export const fewTaps: Rule<'few-taps'> = {
  find: ({ facts, scheme, inputFormat }) => {
    if (SCHEMES[scheme].largestCode !== 1) return null;
    const oneBitInputs = inputFormat === 'sign';
    return facts.fanIn < (oneBitInputs ? ONE_BIT_TAPS : SIGN_TAPS) ? { taps: facts.fanIn, oneBitInputs } : null;
  },
  describe: ({ taps, oneBitInputs }, formats) => ({
    what: 'Too few channels a sum',
    amount: `${formats.count(taps)} taps`,
    why: oneBitInputs
      ? `A sum of ${formats.count(taps)} one-bit products takes only ${formats.count(taps + 1)} values: errors of single bits do not average out.`
      : `Each output sums only ${formats.count(taps)} products, so errors of single weights do not average out.`,
  }),
  candidates: (evidence) => [...wholeInputs(evidence), ...rungUp(evidence)],
};
