import { StudioError } from '../base/errors.ts';
import { assemble, compileBest, createEngine, type EngineOptions, type KernelEngine } from './load.ts';
import { SCRATCH_BYTES, type KernelCall } from './kernel.ts';
import type { KernelProgram } from './program.ts';
import { SHARED_WASM_BASE64 } from './wasm-bytes-shared.generated.ts';
import { CONTROL, CONTROL_BYTES, CONTROL_WORDS, MOST_ARGUMENTS, PARTS_PER_THREAD, partTaker, waitWhile, type ThreadStart } from './thread.mjs';

/** Starts a worker that calls `runThread` with what it is given. The machine's own way of doing so: see core/host. */
export type SpawnThread = (start: ThreadStart) => { readonly terminate: () => void };

export interface ThreadedEngine extends KernelEngine {
  readonly threads: number;
  /** Ends the helper threads. The engine must not be used after it. */
  dispose(): void;
}

export interface ThreadOptions extends Omit<EngineOptions, 'variant'> {
  readonly threads: number;
  readonly spawn: SpawnThread;
  /** A machine that has not started its workers by then will not. */
  readonly startLimitMs?: number;
}

/**
 * An engine whose calls are divided among `threads` threads, this one included. Parts begin at whole tiles and no sum is divided,
 * so that results are the same for any number of threads, whoever takes which part. One thread where shared memory is missing
 * (a page without isolation) or workers do not start; `threads` of the result says so. Must not be called on a page's main
 * thread, which may not wait.
 */
export async function createThreadedEngine({ threads, spawn, startLimitMs = 5000, ...options }: ThreadOptions): Promise<ThreadedEngine> {
  const single = (): ThreadedEngine => ({ ...createEngine({ ...options, variant: 'wasm' }), threads: 1, dispose: () => {} });
  const shared = threads > 1 && typeof SharedArrayBuffer !== 'undefined' ? compileBest(SHARED_WASM_BASE64, options.build) : null;
  if (!shared) return single();
  const { engine, linear, program } = assemble(shared, options.initialBytes ?? 0, true);
  const parts = threads * PARTS_PER_THREAD;
  const exports = Object.keys(program);
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  const words = new Int32Array(control, 0, CONTROL_WORDS);
  const values = new Float64Array(control, CONTROL_WORDS * 4, MOST_ARGUMENTS);
  /** No part of no call is left. */
  words[CONTROL.ticket] = parts;
  const helpers = Array.from({ length: threads - 1 }, () =>
    spawn({ module: shared.module, memory: linear, control, exports, parts, scratch: engine.memory.allocate(SCRATCH_BYTES) }),
  );
  const dispose = (): void => {
    Atomics.store(words, CONTROL.stop, 1);
    Atomics.add(words, CONTROL.ticket, 256);
    Atomics.notify(words, CONTROL.ticket);
    for (const helper of helpers) helper.terminate();
  };
  const since = performance.now();
  while (Atomics.load(words, CONTROL.ready) < helpers.length) {
    if (performance.now() - since > startLimitMs) {
      dispose();
      return single();
    }
    await new Promise<void>((resolve) => setTimeout(resolve));
  }
  const functions = exports.map((name) => program[name as keyof KernelProgram] as (...args: readonly number[]) => void);
  const takeParts = partTaker({ control, functions, parts, scratch: engine.memory.allocate(SCRATCH_BYTES) });

  const divide = ({ export: name, args, scratch }: KernelCall, items: number, grain: number): (() => void) => {
    const index = exports.indexOf(name);
    return () => {
      words[CONTROL.export] = index;
      words[CONTROL.argumentCount] = args.length;
      words[CONTROL.items] = items;
      words[CONTROL.grain] = grain;
      words[CONTROL.scratch] = scratch ? 1 : 0;
      for (let i = 0; i < args.length; i++) values[i] = args[i];
      Atomics.store(words, CONTROL.remaining, parts);
      // The next call, its first part: only now may others read it.
      Atomics.store(words, CONTROL.ticket, (Atomics.load(words, CONTROL.ticket) + 256) & ~255);
      if (Atomics.load(words, CONTROL.sleeping) > 0) Atomics.notify(words, CONTROL.ticket);
      takeParts();
      for (let left = Atomics.load(words, CONTROL.remaining); left > 0; left = Atomics.load(words, CONTROL.remaining)) {
        waitWhile(words, CONTROL.remaining, left);
      }
      if (Atomics.load(words, CONTROL.failed) === 1) {
        throw new StudioError('A thread of the kernels failed.', { next: 'Run it again with one thread.' });
      }
    };
  };
  const { used } = engine.memory;
  return {
    ...engine,
    reclaim: () => engine.memory.reclaim(used),
    description: `${engine.description}, ${threads} threads`,
    threads,
    dispose,
    bind: (work) => {
      if (typeof work === 'function' || work.items === undefined || work.args.length > MOST_ARGUMENTS) return engine.bind(work);
      const { items, grain = 1 } = work;
      return items < threads * grain ? engine.bind(work) : divide(work, items, grain);
    },
  };
}
