import { assemble, compileBest, createEngine, type EngineOptions, type KernelEngine } from './load.ts';
import { SCRATCH_BYTES, type KernelCall } from './kernel.ts';
import { SHARED_WASM_BASE64 } from './wasm-bytes-shared.generated.ts';
import { createTeam, type SpawnThread } from './team.ts';
import { MOST_ARGUMENTS } from './thread.mjs';

export interface ThreadedEngine extends KernelEngine {
  readonly threads: number;
  /** Ends the helper threads. The engine must not be used after it. */
  dispose(): void;
}

export interface ThreadOptions extends Omit<EngineOptions, 'variant'> {
  readonly threads: number;
  readonly spawn: SpawnThread;
  /** See `TeamOptions`. */
  readonly startLimitMs?: number;
}

/**
 * An engine whose calls are divided among `threads` threads, this one included. Parts begin at whole tiles and no sum is divided,
 * so that results are the same for any number of threads, whoever takes which part. One thread where shared memory is missing
 * (a page without isolation) or workers do not start; `threads` of the result says so. Must not be called on a page's main
 * thread, which may not wait.
 */
export async function createThreadedEngine({ threads, spawn, startLimitMs, ...options }: ThreadOptions): Promise<ThreadedEngine> {
  const single = (): ThreadedEngine => ({ ...createEngine({ ...options, variant: 'wasm' }), threads: 1, dispose: () => {} });
  const shared = threads > 1 && typeof SharedArrayBuffer !== 'undefined' ? compileBest(SHARED_WASM_BASE64, options.build) : null;
  if (!shared) return single();
  const { engine, linear, program } = assemble(shared, options.initialBytes ?? 0, true);
  const exports = Object.keys(program);
  const scratch = Array.from({ length: threads }, () => engine.memory.allocate(SCRATCH_BYTES));
  const team = await createTeam({
    module: shared.module,
    memory: linear,
    program,
    threads,
    spawn,
    scratchOf: (thread) => scratch[thread],
    startLimitMs,
  });
  if (!team) return single();
  const divide = ({ export: name, args, scratch: takesScratch }: KernelCall, items: number, grain: number): (() => void) => {
    const call = { index: exports.indexOf(name), args, items, grain, scratch: takesScratch === true };
    return () => team.run(call);
  };
  const { used } = engine.memory;
  return {
    ...engine,
    reclaim: () => engine.memory.reclaim(used),
    description: `${engine.description}, ${team.threads} threads`,
    threads: team.threads,
    dispose: team.dispose,
    bind: (work) => {
      if (typeof work === 'function' || work.items === undefined || work.args.length > MOST_ARGUMENTS) return engine.bind(work);
      const { items, grain = 1 } = work;
      return items < team.threads * grain ? engine.bind(work) : divide(work, items, grain);
    },
  };
}
