import { SCHEMES } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import type { LayerHealth } from './report.ts';

/** How a layer does, in a word. The page reads this file: it must not import the training library. */
export type LayerState = 'steady' | 'still flipping' | 'stuck' | 'scale drifts';

/** Scales that moved by more than this share since calibration are worth a look. */
const DRIFT_LIMIT = 0.25;
/** Highest usual share of signs flipped a step: 1 in 100 at the start of a run, 1 in 1,000 at its end (METHODS §2). */
const FLIPS_AT_START = 1e-2;
const FLIPS_AT_END = 1e-3;

/** `shareDone`: of the run, 0 to 1. */
export function usualFlips(shareDone: number): number {
  return FLIPS_AT_START * (FLIPS_AT_END / FLIPS_AT_START) ** Math.min(1, Math.max(0, shareDone));
}

export function drifts({ scaleDrift }: LayerHealth): boolean {
  return scaleDrift > DRIFT_LIMIT;
}

/** `trend`: flip ratios so far, oldest first. */
export function layerState(health: LayerHealth, scheme: SchemeId, trend: readonly number[], shareDone: number): LayerState {
  const { flipRatio } = health;
  // Codes of many levels move with every step; a sign that flips changes its weight as much as it can.
  const hasSigns = flipRatio !== null && SCHEMES[scheme].largestCode === 1;
  if (hasSigns && flipRatio > usualFlips(shareDone)) return 'still flipping';
  if (drifts(health)) return 'scale drifts';
  const early = shareDone > 0.1 && shareDone < 0.5;
  return hasSigns && early && trend.length > 3 && trend.every((ratio) => ratio === 0) ? 'stuck' : 'steady';
}

export interface LossRise {
  readonly from: number;
  readonly to: number;
  /** Where the loss was lowest. */
  readonly lowestAt: number;
}

/** A smoothed loss this much above its lowest of the stage is not noise. */
const RISE = 1.2;
/** Fewest points of a stage that say anything. */
const FEWEST_POINTS = 20;

/** `points`: the smoothed loss of the stage that goes on, oldest first; `at` is in any unit. Null while it does not rise. */
export function lossRise(points: readonly { readonly at: number; readonly loss: number }[]): LossRise | null {
  const last = points.at(-1);
  if (!last || points.length < FEWEST_POINTS) return null;
  const lowest = points.reduce((least, point) => (point.loss < least.loss ? point : least));
  return last.loss > lowest.loss * RISE ? { from: lowest.loss, to: last.loss, lowestAt: lowest.at } : null;
}
