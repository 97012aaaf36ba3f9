import { CancelledError, describeError } from '../../core/base/errors.ts';
import type { JobEnvironment, Jobs } from '../../core/jobs/contract.ts';
import type { CallOptions } from '../../core/rpc/pipe.ts';
import { activityStore, dropJob, putJob, type JobRecord } from '../state/activity.ts';
import { tellIfAway } from './away.ts';
import { JOB_KINDS, LANES, type JobName } from './lanes.ts';
import { createScheduler } from './scheduler.ts';
import { createWorkerLane } from './worker-lane.ts';

type Arg<N extends JobName> = Parameters<Jobs[N]>[0];
type Result<N extends JobName> = Awaited<ReturnType<Jobs[N]>>;
type Progress<N extends JobName> = Parameters<Parameters<Jobs[N]>[1]['report']>[0];

export interface JobOptions<N extends JobName> {
  /** What a person reads while it runs: "Measuring accuracy". */
  readonly title: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress<N>) => void;
  readonly transfer?: readonly ArrayBuffer[];
  /** 0 is what a person waits for; below is background. */
  readonly priority?: number;
  /** May be stopped for more urgent work and started again from its beginning. */
  readonly yields?: boolean;
  /** Without a line in the status bar: it comes often and is short. */
  readonly quiet?: boolean;
}

/** Static files that jobs fetch for themselves. */
export const JOB_ENVIRONMENT: JobEnvironment = {
  tfjsWasmPath: typeof location === 'undefined' ? '/tfjs/' : new URL('/tfjs/', location.href).href,
};

const spawn = (name: string): Worker => new Worker(new URL('../workers/jobs.worker.ts', import.meta.url), { type: 'module', name });
const lanes = Object.fromEntries(LANES.map((lane) => [lane, createWorkerLane(lane, spawn)]));
const scheduler = createScheduler();
let nextId = 1;

/** A person reads no faster; drawing more often only takes time from the work. */
const DRAW_EVERY_MS = 120;

/**
 * Runs a job of the table in its lane. Its record (title, share done, cancel) is in the activity store while it waits
 * and runs. Rejects with CancelledError when the signal or the record's `cancel` stops it.
 */
export async function runJob<N extends JobName>(name: N, arg: Arg<N>, options: JobOptions<N>): Promise<Result<N>> {
  const { lane, heavy } = JOB_KINDS[name];
  const id = nextId++;
  const own = new AbortController();
  options.signal?.addEventListener('abort', () => own.abort(), { once: true });
  if (options.signal?.aborted) own.abort();
  const change = (fields: Partial<JobRecord>): void => {
    const present = activityStore.getState().jobs[id];
    if (present) putJob({ ...present, ...fields });
  };
  if (!options.quiet) putJob({ id, title: options.title, lane, state: 'waiting', done: 0, total: 0, startedAtMs: null, cancel: () => own.abort() });
  let drawnAtMs = 0;
  const startedMs = performance.now();
  const call = (signal: AbortSignal): Promise<unknown> => {
    const method = lanes[lane].client()[name] as (arg: Arg<N>, call: CallOptions<Progress<N>>) => Promise<Result<N>>;
    return method(arg, {
      signal,
      transfer: options.transfer,
      onProgress: (progress) => {
        const share = progress as unknown as { done?: number; total?: number } | undefined;
        const now = performance.now();
        if (typeof share?.done === 'number' && typeof share.total === 'number' && now - drawnAtMs >= DRAW_EVERY_MS) {
          drawnAtMs = now;
          change({ done: share.done, total: share.total });
        }
        options.onProgress?.(progress);
      },
    });
  };
  try {
    const result = await scheduler.submit({
      lane,
      heavy,
      priority: options.priority ?? 0,
      yields: options.yields ?? false,
      signal: own.signal,
      run: call,
      onState: (state) => change({ state, startedAtMs: state === 'running' ? performance.now() : null }),
    });
    tellIfAway(`${options.title} has ended.`, '', performance.now() - startedMs);
    return result as Result<N>;
  } catch (error) {
    if (!(error instanceof CancelledError)) tellIfAway(`${options.title} failed.`, describeError(error).slice(0, 500), performance.now() - startedMs);
    throw error;
  } finally {
    dropJob(id);
  }
}
