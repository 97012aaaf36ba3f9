import { SCHEMES } from '../../../schemes/index.ts';
import { channelList } from '../channel-list.ts';
import { gainOfOptions, otherOptions, rungUp } from '../candidates.ts';
import { indexOfMedian } from '../weight-picture.ts';
import type { Rule } from '../rule.ts';

/** Below this many dB a hundredth of the weights' energy and more is rounding error. */
const COARSE_DECIBELS = 20;

export const coarseGrid: Rule<'coarse-grid'> = {
  find: ({ picture }) => (picture.sqnr === null || picture.sqnr >= COARSE_DECIBELS ? null : { sqnr: picture.sqnr }),
  describe: ({ sqnr }, formats) => ({
    what: 'Rounding error of the weights',
    amount: `${formats.percent(10 ** (-sqnr / 10), 1)} of their energy`,
    why: `${formats.decibels(sqnr)} dB of signal to noise. A heavier rung has closer levels; training moves the weights to these.`,
  }),
  candidates: (evidence) => [...gainOfOptions(evidence).choices, ...rungUp(evidence)],
};

/** A gain below this is not worth a line. */
const OPTION_DECIBELS = 0.5;

export const betterOptions: Rule<'better-options'> = {
  find: (evidence) => {
    if (evidence.picture.sqnr === null) return null;
    const { gain } = gainOfOptions(evidence);
    return gain < OPTION_DECIBELS ? null : { gain };
  },
  describe: ({ gain }, formats) => ({
    what: 'Other options fit the weights better',
    amount: `${formats.signed(gain, 1)} dB`,
    why: `At the same bits a weight, the best of them leaves ${formats.percent(1 - 10 ** (-gain / 10))} less rounding error.`,
  }),
  candidates: (evidence) => gainOfOptions(evidence).choices,
};

/** So far below the median channel, and not good in itself. */
const WEAK_DECIBELS = 6;
const FINE_DECIBELS = 30;

export const weakChannels: Rule<'weak-channels'> = {
  find: ({ coded, channelSqnr, channelPeak }) => {
    if (!coded.quantised) return null;
    const median = channelSqnr[indexOfMedian(channelSqnr)];
    const weak = (sqnr: number, channel: number): boolean => sqnr < median - WEAK_DECIBELS && sqnr < FINE_DECIBELS && channelPeak[channel] > 0;
    const channels = [...channelSqnr.keys()].filter((channel) => weak(channelSqnr[channel], channel)).sort((a, b) => channelSqnr[a] - channelSqnr[b]);
    return channels.length === 0 ? null : { channels, sqnr: channelSqnr[channels[0]], median };
  },
  describe: ({ channels, sqnr, median }, formats) => ({
    what: `${channelList(channels, formats)} far below the rest`,
    amount: `from ${formats.decibels(sqnr)} dB`,
    why: `The median channel has ${formats.decibels(median)} dB. A few large weights set the scale there, so the small ones round away.`,
  }),
  candidates: (evidence) => [...otherOptions(evidence), ...rungUp(evidence)],
};

const CLIPPED_SHARE = 0.002;
/** Of normal weights at four bits the clip of least squared error makes 15 % of the error. */
const CLIPPED_NOISE = 0.1;

export const clippedWeights: Rule<'clipped-weights'> = {
  find: ({ picture, coded, scheme }) => {
    const { quantised, kernel, channels } = coded;
    if (!quantised || picture.clippedShare < CLIPPED_SHARE) return null;
    const edge = SCHEMES[scheme].largestCode + 0.5;
    let clipped = 0;
    let all = 0;
    for (let i = 0; i < kernel.length; i++) {
      const scale = quantised.scale[i % channels];
      const error = (kernel[i] - quantised.codes[i] * scale) ** 2;
      all += error;
      if (Math.abs(kernel[i]) > edge * scale) clipped += error;
    }
    const noiseShare = all > 0 ? clipped / all : 0;
    return noiseShare < CLIPPED_NOISE ? null : { share: picture.clippedShare, noiseShare };
  },
  describe: ({ share, noiseShare }, formats) => ({
    what: 'Weights beyond the last level',
    amount: formats.percent(share, 2),
    why: `These few make ${formats.percent(noiseShare)} of the rounding error. A wider clip keeps them, at coarser steps for all others.`,
  }),
  candidates: (evidence) => [...otherOptions(evidence), ...rungUp(evidence)],
};
