import type { ProofMachine } from '../export/exporter.ts';
import type { SpawnThread } from '../kernels/team.ts';
import { calibrate } from './calibrate.ts';
import type { Jobs } from './contract.ts';
import { diagnoseLayer } from './diagnose-layer.ts';
import { evaluate } from './evaluate.ts';
import { importModel } from './import-model.ts';
import { inspectChannel, inspectLayer } from './inspect-layer.ts';
import { layoutGraph } from './layout-graph.ts';
import { measureLadder, measureSpeed } from './measure-speed.ts';
import { openData } from './open-data.ts';
import { openSample } from './open-sample.ts';
import { refinePlan } from './refine-plan.ts';
import { searchPlans } from './search-plans.ts';
import { sensitivity } from './sensitivity.ts';
import { tryFixes } from './try-fixes.ts';

/** What the surroundings of the jobs can do that data cannot say. */
export interface Machine {
  /** Threads that long work may use, the one of the job included. */
  readonly threads: number;
  /** Null: this surrounding starts none. */
  readonly spawnThread: SpawnThread | null;
  /** What exported files can be opened with; absent: nothing but the studio's own readers. */
  readonly proof?: ProofMachine;
}

/** All heavy work of the studio, one line a job: what a worker serves and the command line calls. */
export function jobsOn(machine: Machine): Jobs {
  return {
    importModel,
    openSample,
    openData,
    checkData: async (arg, context) => (await import('./check-data.ts')).checkData(arg, context),
    calibrate,
    evaluate,
    measureSpeed,
    measureLadder,
    inspectLayer,
    inspectChannel,
    diagnoseLayer,
    tryFixes,
    explainGap: async (arg, context) => (await import('./explain-gap.ts')).explainGap(arg, context),
    layoutGraph,
    sensitivity,
    searchPlans,
    refinePlan,
    exportNetwork: async (arg, context) => (await import('./export-network.ts')).exportNetwork(arg, context, machine.proof),
    checkTargets: async (arg, context) => (await import('./check-targets.ts')).checkTargets(arg, context),
    proofInput: async (arg, context) => (await import('./proof-input.ts')).proofInput(arg, context),
    packageFiles: async (arg, context) => (await import('./package-files.ts')).packageFiles(arg, context),
    // The training library is large and most sessions never need it: it loads with the first use.
    measureBaselines: async (arg, context) => (await import('./measure-baselines.ts')).measureBaselines(arg, context),
    packProject: async (arg, context) => (await import('./pack-project.ts')).packProject(arg, context),
    openProject: async (arg, context) => (await import('./open-project.ts')).openProject(arg, context),
    train: async (arg, context) => (await import('./train.ts')).train(arg, context, machine),
  };
}

/** On one thread. */
export const JOBS: Jobs = jobsOn({ threads: 1, spawnThread: null });
