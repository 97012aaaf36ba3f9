import { createStore } from 'zustand/vanilla';
import type { NodeId } from '../../core/graph/graph.ts';
import type { Evaluation, TrainProgress } from '../../core/jobs/contract.ts';
import type { OptionValue, OptionValues } from '../../core/quant/fields.ts';
import type { Plan, SchemeId } from '../../core/schemes/scheme.ts';
import { withChoice, type ChoicesByLayer, type LayerChoices } from '../../core/train/layer-choices.ts';
import type { Curves } from './training-curves.ts';

/** A run as the screen shows it. Reports come faster than this changes. */
export interface TrainingRun {
  readonly name: string;
  /** Variant that is being fine-tuned. */
  readonly from: string;
  readonly layers: readonly { readonly layer: NodeId; readonly scheme: SchemeId }[];
  readonly plan: Plan;
  readonly recipe: OptionValues;
  readonly choices: ChoicesByLayer;
  readonly seed: number;
  /** Date.now() at the start, or when it was taken up again. */
  readonly startedAtMs: number;
  /** Of the parts of the run before that. */
  readonly secondsBefore: number;
  readonly state: 'starting' | 'running' | 'pausing' | 'stopping' | 'paused' | 'finished' | 'cancelled' | 'failed';
  readonly progress: TrainProgress | null;
  readonly curves: Curves;
  /** The newest one that is kept: the run can go on from there. */
  readonly checkpoint: CheckpointFacts | null;
  readonly result: TrainingOutcome | null;
  /** Why it failed: what happened, where, and what to do. */
  readonly problem: string | null;
}

export interface CheckpointFacts {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly savedAtMs: number;
}

export interface TrainingOutcome {
  /** The new variant. */
  readonly variant: string;
  readonly deployed: Evaluation;
  /** Share right of the fake-quantised graph, on the same samples. */
  readonly simulatedAccuracy: number;
  readonly backend: string;
  readonly seconds: number;
}

export interface TrainingState {
  /** Values that differ from the recipe's initial ones. */
  readonly recipe: OptionValues;
  /** Layers that do not follow the recipe; some may belong to a network that is no longer open. */
  readonly choices: ChoicesByLayer;
  readonly seed: number;
  readonly run: TrainingRun | null;
}

export const trainingStore = createStore<TrainingState>(() => ({ recipe: {}, choices: {}, seed: 1, run: null }));

export function setRecipeValue(name: string, value: OptionValue): void {
  trainingStore.setState((state) => ({ recipe: { ...state.recipe, [name]: value } }));
}

export function setLayerChoice(layer: NodeId, change: LayerChoices): void {
  trainingStore.setState((state) => ({ choices: withChoice(state.choices, layer, change) }));
}

export function resetRecipe(): void {
  trainingStore.setState({ recipe: {}, choices: {} });
}

export function setSeed(seed: number): void {
  trainingStore.setState({ seed });
}

export function changeRun(fields: Partial<TrainingRun>): void {
  trainingStore.setState((state) => (state.run ? { run: { ...state.run, ...fields } } : state));
}

export function isTraining(run: TrainingRun | null): boolean {
  return run !== null && (run.state === 'starting' || run.state === 'running' || run.state === 'pausing' || run.state === 'stopping');
}
