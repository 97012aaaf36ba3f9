import { floatInputs, otherOptions, wholeInputs } from '../candidates.ts';
import { gridEnds } from '../evidence.ts';
import { indexOfMedian } from '../weight-picture.ts';
import type { Rule } from '../rule.ts';

const CLIPPED_SHARE = 0.005;

export const clippedInputs: Rule<'clipped-inputs'> = {
  find: ({ input, inputClippedShare }) => (input && inputClippedShare >= CLIPPED_SHARE ? { share: inputClippedShare, high: gridEnds(input).high } : null),
  describe: ({ share, high }, formats) => ({
    what: 'Inputs beyond the INT8 grid',
    amount: formats.percent(share, 2),
    why: `The grid ends at ${formats.short(high)}, where its squared error is least; all above is cut. Every rung but FP32 reads the same grid.`,
  }),
  candidates: floatInputs,
};

const OUTLIER_RATIO = 8;
/** A channel that still spans so many levels is told apart well. */
const ENOUGH_LEVELS = 32;

export const outlierInput: Rule<'outlier-input'> = {
  find: ({ input, inputFormat }) => {
    if (!input || inputFormat !== 'int8' || input.twoLevel.centre.length < 4) return null;
    const { centre, halfStep } = input.twoLevel;
    const reach = centre.map((middle, c) => Math.abs(middle) + halfStep[c]);
    const typical = reach[indexOfMedian(reach)];
    const channel = reach.reduce((best, value, c) => (value > reach[best] ? c : best), 0);
    const levels = typical / input.grid.scale;
    const ratio = reach[channel] / Math.max(typical, 1e-12);
    return ratio < OUTLIER_RATIO || levels >= ENOUGH_LEVELS || typical <= 1e-6 ? null : { channel, ratio, levels };
  },
  describe: ({ channel, ratio, levels }, formats) => ({
    what: `Input channel ${formats.count(channel)} is an outlier`,
    amount: `${formats.short(Number(ratio.toPrecision(2)))}× the median`,
    why: `All input channels share one INT8 grid, so a typical one is left with about ${formats.count(Math.max(1, levels))} of its 256 levels.`,
  }),
  candidates: floatInputs,
};

export const reluBeforeSign: Rule<'relu-before-sign'> = {
  find: ({ input, inputFormat, trainedThresholds, output }) =>
    inputFormat === 'sign' && input && trainedThresholds === null && input.minimum >= 0 ? { ones: output?.inputOnes ?? null } : null,
  describe: ({ ones }, formats) => ({
    what: 'ReLU before one-bit inputs',
    amount: ones === null ? 'never negative' : `${formats.percent(ones)} ones`,
    why: 'The input is never negative, so zero and all that is small share one bit. Thresholds were fitted; training learns better ones.',
  }),
  candidates: (evidence) => [...otherOptions(evidence), ...wholeInputs(evidence)],
};
