import type { Rule, RuleId } from '../rule.ts';
import { dead, depthwiseSpread } from './channels.ts';
import { betterOptions, clippedWeights, coarseGrid, weakChannels } from './grid.ts';
import { clippedInputs, outlierInput, reluBeforeSign } from './inputs.ts';
import { fewTaps, skewedSigns } from './one-bit.ts';
import { firstLayer, lastLayer, movedStatistics } from './place.ts';

/** Causes of loss in one layer, in the order in which they are told: from the most particular to the plain rounding. */
export const RULES = {
  'first-layer': firstLayer,
  'last-layer': lastLayer,
  'outlier-input': outlierInput,
  'clipped-inputs': clippedInputs,
  'relu-before-sign': reluBeforeSign,
  'few-taps': fewTaps,
  'depthwise-spread': depthwiseSpread,
  'weak-channels': weakChannels,
  'skewed-signs': skewedSigns,
  'clipped-weights': clippedWeights,
  'better-options': betterOptions,
  'coarse-grid': coarseGrid,
  'moved-statistics': movedStatistics,
  'dead-channels': dead,
} as const satisfies { readonly [K in RuleId]: Rule<K> };
