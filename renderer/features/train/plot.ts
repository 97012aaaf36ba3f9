import type { StageBand } from '../../state/training-curves.ts';

/** Pixels between the plot's own area and the edges of its box; the charts and the cross-hair agree through this. */
export const PLOT = { left: 38, right: 14, top: 26, bottom: 26 } as const;

/** Epoch under a pointer, from pixels relative to the box. */
export function epochAt(x: number, boxWidth: number, epochs: number): number {
  const inner = Math.max(1, boxWidth - PLOT.left - PLOT.right);
  return Math.min(epochs, Math.max(0, ((x - PLOT.left) / inner) * epochs));
}

/** Left edge of an epoch as a length that follows the box: no measuring, no redraw on resize. */
export function leftOf(epoch: number, epochs: number): string {
  const share = epochs === 0 ? 0 : epoch / epochs;
  return `calc(${PLOT.left}px + (100% - ${PLOT.left + PLOT.right}px) * ${share.toFixed(5)})`;
}

export interface ShownBand extends StageBand {
  readonly tinted: boolean;
  /** Where the next stage begins, or the end: its name may run on to there. */
  readonly room: number;
}

/** Every second stage is tinted, so that neighbours are told apart; a run of one stage has no bands. */
export function shownBands(stages: readonly StageBand[], epochs: number): readonly ShownBand[] {
  if (stages.length < 2) return [];
  return stages.map((band, index) => ({ ...band, tinted: index % 2 === 1, room: stages[index + 1]?.from ?? epochs }));
}
