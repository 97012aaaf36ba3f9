import { StudioError } from '../base/errors.ts';
import { CONTROL, CONTROL_BYTES, CONTROL_WORDS, MOST_ARGUMENTS, MOST_THREADS, PARTS_PER_THREAD, partTaker, waitWhile, type ThreadStart } from './thread.mjs';

/** Starts a worker that calls `runThread` with what it is given. The machine's own way of doing so: see core/host. */
export type SpawnThread = (start: ThreadStart) => { readonly terminate: () => void };

/** A call of an export that may be divided: items 0..items, in parts that begin at multiples of `grain`. */
export interface DividedCall {
  /** Position of the export among the module's. */
  readonly index: number;
  readonly args: readonly number[];
  readonly items: number;
  readonly grain: number;
  /** The export takes the address of its thread's scratch behind `to`. */
  readonly scratch: boolean;
}

/** Threads over one shared memory, this one included, that take parts of a call as they come. */
export interface ThreadTeam {
  readonly threads: number;
  /** At most `MOST_ARGUMENTS` arguments. Returns when every part is done. */
  run(call: DividedCall): void;
  /** Ends the helper threads. The team must not be used after it. */
  dispose(): void;
}

export interface TeamOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Of this thread's own instance of the module. */
  readonly program: object;
  /** As many as there may be of them, this one included; at most MOST_THREADS start. */
  readonly threads: number;
  readonly spawn: SpawnThread;
  /** Address of the scratch of a thread; 0 is this one. */
  readonly scratchOf: (thread: number) => number;
  /** A machine that has not started its workers by then will not. */
  readonly startLimitMs?: number;
}

/** Null where the workers do not start. Must not be called on a page's main thread, which may not wait. */
export async function createTeam({ module, memory, program, threads: wanted, spawn, scratchOf, startLimitMs = 5000 }: TeamOptions): Promise<ThreadTeam | null> {
  const threads = Math.min(wanted, MOST_THREADS);
  const parts = threads * PARTS_PER_THREAD;
  const exports = Object.keys(program);
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  const words = new Int32Array(control, 0, CONTROL_WORDS);
  const values = new Float64Array(control, CONTROL_WORDS * 4, MOST_ARGUMENTS);
  /** No part of no call is left. */
  words[CONTROL.ticket] = parts;
  const helpers = Array.from({ length: threads - 1 }, (_, i) => spawn({ module, memory, control, exports, parts, scratch: scratchOf(i + 1) }));
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
      return null;
    }
    await new Promise<void>((resolve) => setTimeout(resolve));
  }
  const functions = exports.map((name) => (program as Readonly<Record<string, (...args: readonly number[]) => void>>)[name]);
  const takeParts = partTaker({ control, functions, parts, scratch: scratchOf(0) });
  const run = ({ index, args, items, grain, scratch }: DividedCall): void => {
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
  return { threads, run, dispose };
}
