import type { Jobs } from '../../core/jobs/contract.ts';
import type { Lane } from '../state/activity.ts';

export const LANES = ['interactive', 'view', 'long', 'bench'] as const satisfies readonly Lane[];
export type JobName = keyof Jobs;

export interface JobKind {
  readonly lane: Lane;
  /** Loads the processor long enough to spoil a timing: the bench lane does not start beside it, and yields to it. */
  readonly heavy: boolean;
}

export const JOB_KINDS = {
  importModel: { lane: 'interactive', heavy: true },
  openSample: { lane: 'interactive', heavy: true },
  openData: { lane: 'interactive', heavy: true },
  checkData: { lane: 'long', heavy: true },
  calibrate: { lane: 'interactive', heavy: true },
  evaluate: { lane: 'interactive', heavy: true },
  inspectLayer: { lane: 'interactive', heavy: false },
  searchPlans: { lane: 'interactive', heavy: true },
  refinePlan: { lane: 'long', heavy: true },
  inspectChannel: { lane: 'interactive', heavy: false },
  diagnoseLayer: { lane: 'interactive', heavy: true },
  explainGap: { lane: 'long', heavy: true },
  tryFixes: { lane: 'long', heavy: true },
  // In a lane of its own, or a drawing would wait for a measurement.
  layoutGraph: { lane: 'view', heavy: false },
  sensitivity: { lane: 'long', heavy: true },
  train: { lane: 'long', heavy: true },
  exportNetwork: { lane: 'interactive', heavy: true },
  checkTargets: { lane: 'interactive', heavy: true },
  proofInput: { lane: 'interactive', heavy: false },
  packageFiles: { lane: 'interactive', heavy: false },
  packProject: { lane: 'interactive', heavy: false },
  openProject: { lane: 'interactive', heavy: true },
  measureSpeed: { lane: 'bench', heavy: true },
  measureBaselines: { lane: 'bench', heavy: true },
  measureLadder: { lane: 'bench', heavy: true },
} as const satisfies Record<JobName, JobKind>;
