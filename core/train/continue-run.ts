import type { Model, WeightId } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import type { Plan } from '../schemes/scheme.ts';
import { changedFields, changedLayers, describeChanges, mayChange, type RunChoices } from './changes.ts';
import { refuse, type Checkpoint } from './checkpoint.ts';
import type { OptimiserState } from './optimiser.ts';
import { oneBitLayers, type PreparedNetwork } from './prepare.ts';
import { RECIPE_FIELDS, type Recipe } from './recipe.ts';
import { movedBy, stagesAt, stagesFrom } from './schedule.ts';
import { stagesOf, type Stage, type StageNeeds } from './stages.ts';

/** A checkpoint seen from the run that goes on from it, which may have another recipe and other precisions. */
export interface Continuation {
  readonly checkpoint: Checkpoint;
  /** In words; empty where it goes on as it was. */
  readonly changes: readonly string[];
  /** What the new network takes over, by weight id. Anything else starts as in a new run. */
  readonly weights: ReadonlyMap<WeightId, Float32Array>;
  readonly optimiser: OptimiserState;
  /** Calibration with the weight scales that are kept. */
  readonly calibration: Calibration;
}

/** Fields of the recipe that change the graph that is trained. */
const PREPARING = ['shortcuts', 'rprelu'] as const;

/**
 * `prepared` is the network of the new plan, `prepare` makes that of the checkpoint. A weight is taken over where the old
 * network had it in the same size and preparation did the same to it: otherwise thresholds folded into it, or taken out of it,
 * would put it on another scale.
 */
export function continueFrom(checkpoint: Checkpoint, now: RunChoices & { readonly recipe: Recipe }, prepared: PreparedNetwork, prepare: (choices: Checkpoint) => PreparedNetwork): Continuation {
  const split = changedFields(checkpoint, now).find((name) => !mayChange(name));
  if (split) refuse(`${RECIPE_FIELDS[split as keyof Recipe].label} differs, so that images which were trained on would judge`);
  const layers = new Set(changedLayers(checkpoint.plan, now.plan));
  const isSame = layers.size === 0 && PREPARING.every((name) => checkpoint.recipe[name] === now.recipe[name]);
  const before = isSame ? prepared : prepare(checkpoint);
  const fits = (id: WeightId, values: Float32Array): boolean => {
    const start = prepared.model.weights.get(id);
    // Weights beyond the network's own come and go with the plan.
    if (!start) return isSame;
    return start.length === values.length && (isSame || sameValues(before.model.weights.get(id), start));
  };
  const kept = <V extends Float32Array>(values: ReadonlyMap<WeightId, V>): ReadonlyMap<WeightId, V> => new Map([...values].filter(([id, array]) => fits(id, array)));
  const { optimiser, scales } = checkpoint;
  const unchanged = [...scales].filter(([layer]) => !layers.has(layer)).map(([layer, scale]) => [layer, { scheme: now.plan[layer]?.scheme ?? 'float32', scale }] as const);
  return {
    checkpoint,
    changes: describeChanges(checkpoint, now),
    weights: kept(checkpoint.weights),
    optimiser: { ...optimiser, first: kept(optimiser.first), second: kept(optimiser.second) },
    calibration: { ...prepared.calibration, weightScales: { ...prepared.calibration.weightScales, ...Object.fromEntries(unchanged) } },
  };
}

function sameValues(a: Float32Array | undefined, b: Float32Array): boolean {
  return a !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The network that training goes on with. */
export function mergedModel({ model }: PreparedNetwork, { weights }: Continuation): Model {
  return { graph: model.graph, weights: new Map([...model.weights].map(([id, start]) => [id, weights.get(id) ?? start])) };
}

/**
 * Stages of the rest of the run. Layers that are new to one-bit inputs go through all stages in the steps that are left;
 * otherwise no stage is gone back to.
 */
export function stagesOfContinuation({ checkpoint, changes }: Continuation, now: { readonly model: Model; readonly plan: Plan; readonly recipe: Recipe }, needs: StageNeeds, step: number, steps: number, stepsRatio: number): readonly Stage[] {
  const fresh = stagesOf(now.recipe, steps, needs);
  if (changes.length === 0) return stagesAt(fresh, checkpoint.stages);
  const known = oneBitLayers(now.model, checkpoint.plan);
  const isNew = [...oneBitLayers(now.model, now.plan)].some((layer) => !known.has(layer));
  if (isNew && step < steps) return movedBy(stagesOf(now.recipe, steps - step, needs), step);
  const entered = checkpoint.stages.map(({ id, from, to }) => ({ id, from: Math.round(from * stepsRatio), to: Math.round(to * stepsRatio) }));
  return stagesFrom(fresh, entered, step);
}
