import type { PlanSums } from '../analysis/search/point.ts';
import type { DataSet, PreprocessId } from '../data/data-set.ts';
import type { Model, NodeId } from '../graph/graph.ts';
import type { Fix } from '../analysis/diagnosis/diagnose.ts';
import type { OutputNoise } from '../analysis/diagnosis/output-noise.ts';
import type { Finding } from '../analysis/diagnosis/rule.ts';
import type { ProbeSummary, TrialGain } from '../analysis/diagnosis/trial.ts';
import type { LayerChoice, Plan, SchemeId } from '../schemes/scheme.ts';
import type { SplitName } from '../data/preprocess.ts';
import type { Evaluation, NetworkState } from './contract.ts';

/** A plan with what it takes and what its layers' own losses say of it. */
export interface PlannedPoint extends PlanSums {
  /** From the kernel table measured here; null without it. */
  readonly milliseconds: number | null;
}

export interface PlanBudgets {
  readonly bytes?: number;
  readonly milliseconds?: number;
}

export interface SearchResult {
  /** From the most frugal plan within the budgets to the one that loses nothing. */
  readonly front: readonly PlannedPoint[];
  /** The plan of least predicted divergence within the budgets; null when none fits. */
  readonly best: PlannedPoint | null;
  /** One precision for the whole middle of the network. */
  readonly uniform: readonly (PlannedPoint & { readonly scheme: SchemeId })[];
  /** No plan within the budgets predicts less divergence than the best one. */
  readonly exact: boolean;
  /** The least that any plan takes; null of what is neither limited nor sought over. */
  readonly least: { readonly bytes: number | null; readonly milliseconds: number | null };
}

/** Mean KL to the float network in nats on the probe images, of the plan that was given and of the one found. */
export interface RefinedPlan {
  readonly plan: Plan;
  readonly before: number;
  readonly after: number;
}

/** A gap to be explained. */
export interface GapQuestion {
  readonly before: NetworkState;
  readonly after: NetworkState;
  /** The float network that both come from. */
  readonly reference: Model;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
  readonly samples: number;
}

/** Why a layer hurts, and what could help. */
export interface LayerDiagnosis {
  readonly layer: NodeId;
  readonly output: OutputNoise | null;
  /** Output channels that answer the same for every image. */
  readonly dead: readonly number[];
  readonly findings: readonly Finding[];
  readonly fixes: readonly Fix[];
}

/** A fix as measured, in the network as it stands. */
export interface FixTrial extends ProbeSummary {
  readonly choice: LayerChoice;
  /** Change of the packed file. */
  readonly bytes: number;
  readonly gain: TrialGain;
}

export interface FixTrials {
  /** The network as it stands, on the same images. */
  readonly baseline: ProbeSummary;
  readonly trials: readonly FixTrial[];
  readonly measure: Evaluation['measure'];
  readonly split: SplitName;
}
