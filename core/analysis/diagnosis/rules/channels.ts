import { channelList } from '../channel-list.ts';
import { floatInputs, rungUp } from '../candidates.ts';
import type { LayerEvidence } from '../evidence.ts';
import type { Rule } from '../rule.ts';

/** Weights this far below the layer's largest are as good as zero. */
const DEAD_WEIGHTS = 1e-4;
/** So many deviations below zero a channel does not pass its ReLU: one value in 30,000 of a normal distribution. */
const DEAD_DEVIATIONS = 4;

/** Output channels whose weights are zero, or whose result never passes the ReLU behind them. */
export function deadChannels({ channelPeak, result, group }: LayerEvidence): readonly number[] {
  const largest = channelPeak.reduce((most, peak) => Math.max(most, peak), 0);
  const behindRelu = group.low >= 0 && result !== null && result.mean.length === channelPeak.length;
  return [...channelPeak.keys()].filter((channel) => {
    if (channelPeak[channel] <= DEAD_WEIGHTS * largest) return true;
    return behindRelu && result.mean[channel] + DEAD_DEVIATIONS * Math.sqrt(result.variance[channel]) < 0;
  });
}

export const dead: Rule<'dead-channels'> = {
  find: (evidence) => {
    const channels = deadChannels(evidence);
    return channels.length === 0 ? null : { channels, of: evidence.channelPeak.length };
  },
  describe: ({ channels, of }, formats) => ({
    what: channels.length === 1 ? `${channelList(channels, formats)} is dead` : `${channelList(channels, formats)} are dead`,
    amount: `${formats.count(channels.length)} of ${formats.count(of)}`,
    why: `They answer the same for every image and take ${formats.percent(channels.length / of)} of the layer's bytes and time. No precision helps: prune them while training.`,
  }),
  candidates: () => [],
};

const SPREAD_RATIO = 10;
const FEW_LEVELS = 16;
const LOW_QUANTILE = 0.1;

export const depthwiseSpread: Rule<'depthwise-spread'> = {
  find: ({ node, coded, result, resultStep }) => {
    if (node.op !== 'depthwise-conv2d' || !result || resultStep === null || !coded.quantised) return null;
    const deviations = Array.from(result.variance, Math.sqrt).filter((deviation) => deviation > 1e-6).sort((a, b) => a - b);
    if (deviations.length < 4) return null;
    const narrow = deviations[Math.floor(LOW_QUANTILE * deviations.length)];
    const ratio = deviations[deviations.length - 1] / narrow;
    // Two deviations on either side hold nearly all of a channel.
    const levels = (4 * narrow) / resultStep;
    return ratio < SPREAD_RATIO || levels >= FEW_LEVELS ? null : { ratio, levels };
  },
  describe: ({ ratio, levels }, formats) => ({
    what: 'Depthwise channels differ in range',
    amount: `${formats.short(Number(ratio.toPrecision(2)))}×`,
    why: `All channels of the result share one INT8 grid: the narrow ones move over about ${formats.count(Math.max(1, levels))} of its 256 levels.`,
  }),
  candidates: (evidence) => [...rungUp(evidence), ...floatInputs(evidence)],
};
