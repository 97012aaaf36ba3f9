import type { Stage } from './stages.ts';

/** Where a stage lies in the run that is going on. */
export type PlacedStage = Pick<Stage, 'id' | 'from' | 'to'>;

export function stageAt(stages: readonly Stage[], step: number): Stage {
  return stages.find(({ to }) => step < to) ?? stages[stages.length - 1];
}

/**
 * The stages of a changed recipe for a run that stands at `step`: what has been entered keeps its beginning and is not gone
 * back to, and what is to come follows the recipe. `entered` are the stages of the run so far.
 */
export function stagesFrom(stages: readonly Stage[], entered: readonly PlacedStage[], step: number): readonly Stage[] {
  const current = stageOf(entered, step);
  const position = stages.findIndex(({ id }) => id === current?.id);
  if (position < 0) return stages;
  let end = 0;
  return stages
    .map((stage, i) => {
      const before = entered.find(({ id }) => id === stage.id);
      const from = i <= position && before ? before.from : Math.max(end, i > position ? step : 0);
      const to = i < position && before ? before.to : Math.max(stage.to, step);
      end = to;
      return { ...stage, from, to };
    })
    .filter(({ from, to }) => to > from);
}

function stageOf(stages: readonly PlacedStage[], step: number): PlacedStage | undefined {
  return stages.find(({ to }) => step < to) ?? stages.at(-1);
}

/** Stages that were laid out over the rest of a run, moved to where the rest begins. */
export function movedBy(stages: readonly Stage[], steps: number): readonly Stage[] {
  return stages.map((stage) => ({ ...stage, from: stage.from + steps, to: stage.to + steps }));
}

/** The stages of an unchanged recipe where they lay before. */
export function stagesAt(stages: readonly Stage[], places: readonly PlacedStage[]): readonly Stage[] {
  return places.flatMap((place) => stages.filter(({ id }) => id === place.id).map((stage) => ({ ...stage, from: place.from, to: place.to })));
}
