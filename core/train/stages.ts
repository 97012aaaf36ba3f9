import type { SimulationMode } from './network/simulate.ts';
import type { Recipe } from './recipe.ts';

export interface Stage {
  readonly id: 'soft' | 'sign' | 'codes';
  readonly label: string;
  /** First step of the stage and the first after it. */
  readonly from: number;
  readonly to: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Highest learning rate of the stage. */
  readonly learningRate: number;
  readonly mode: Omit<SimulationMode, 'observe' | 'progress'>;
}

/** What the layers of a network ask of the stages. */
export interface StageNeeds {
  readonly quantised: boolean;
  readonly oneBitInputs: boolean;
  /** Some weights are signs or nearly so: they have far to go. Finer grids start next to where they end. */
  readonly coarseWeights: boolean;
}

/** Of the recipe's learning rate, for grids of 4 bits and more (METHODS §7.2). */
const FINE_GRID_SHARE = 0.1;

/**
 * The stages of a run (METHODS §7). Layers with one-bit inputs take three: inputs between −1 and 1, one-bit inputs with real
 * weights, then both binary, where a fresh optimiser ends at rate 0. Everything else is one stage.
 */
export function stagesOf(recipe: Recipe, steps: number, { quantised, oneBitInputs, coarseWeights }: StageNeeds): readonly Stage[] {
  const { estimator, hardtanhShare, signShare } = recipe;
  const learningRate = quantised && !coarseWeights ? recipe.learningRate * FINE_GRID_SHARE : recipe.learningRate;
  const sign = { forward: 'sign', estimator } as const;
  const last = { id: 'codes', to: steps, learningRate, mode: { signInput: sign, signWeights: true } } as const;
  if (!oneBitInputs) return [{ ...last, label: quantised ? 'Quantised' : 'Float', from: 0, schedule: 'cosine' }];
  const soft = Math.round(steps * hardtanhShare);
  const signs = Math.min(soft + Math.round(steps * signShare), steps - 1);
  const stages: readonly Stage[] = [
    { id: 'soft', label: 'Soft inputs', from: 0, to: soft, schedule: 'constant', learningRate, mode: { signInput: { ...sign, forward: 'hardtanh' }, signWeights: false } },
    { id: 'sign', label: 'One-bit inputs', from: soft, to: signs, schedule: 'constant', learningRate, mode: { signInput: sign, signWeights: false } },
    { ...last, label: 'One-bit inputs and weights', from: signs, schedule: 'linear' },
  ];
  return stages.filter((stage) => stage.to > stage.from);
}

/** Learning rate of a step (counted from 0 over the whole run). */
export function learningRateAt(stage: Stage, step: number, warmUpSteps: number): number {
  const length = stage.to - stage.from;
  const done = step - stage.from;
  // A warm-up takes at most a third of a short stage.
  const warmUp = Math.min(warmUpSteps, Math.floor(length / 3));
  if (done < warmUp) return (stage.learningRate * (done + 1)) / (warmUp + 1);
  const progress = (done - warmUp) / Math.max(length - warmUp, 1);
  if (stage.schedule === 'constant') return stage.learningRate;
  if (stage.schedule === 'linear') return stage.learningRate * (1 - progress);
  return (stage.learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
}
