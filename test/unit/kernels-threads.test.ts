import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SpawnThread } from '../../core/kernels/team.ts';
import { CONTROL, MOST_THREADS } from '../../core/kernels/thread.mjs';
import { createThreadedEngine, type ThreadedEngine } from '../../core/kernels/threads.ts';
import { threadsOf } from '../../electron/cli/kernel-threads.ts';
import { differencesByThreads, THREADS_SEED } from '../conformance/threads-check.ts';

const spawn = threadsOf(new URL('../../electron/cli/kernel-thread.mjs', import.meta.url));
const engines: ThreadedEngine[] = [];

async function threaded(threads: number): Promise<ThreadedEngine> {
  const engine = await createThreadedEngine({ threads, spawn });
  engines.push(engine);
  return engine;
}

afterEach(() => engines.splice(0).forEach((engine) => engine.dispose()));

describe(`threads of the kernels (seed ${THREADS_SEED})`, () => {
  it.each([2, 3])('%i threads give the bytes of one', { timeout: 60_000 }, async (threads) => {
    const many = await threaded(threads);
    expect(many.threads).toBe(threads);
    const { compared, failures } = differencesByThreads(many);
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  });

  it('is one thread, and says so, where memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const engine = await createThreadedEngine({ threads: 2, spawn });
    vi.unstubAllGlobals();
    expect(engine.threads).toBe(1);
    expect(engine.description).not.toContain('threads');
  });

  it('starts no more threads than its tickets can number, on however large a machine', { timeout: 60_000 }, async () => {
    let started = 0;
    // They report and take nothing: every part is left to the first thread.
    const idle: SpawnThread = ({ control }) => {
      started++;
      Atomics.add(new Int32Array(control), CONTROL.ready, 1);
      return { terminate: () => {} };
    };
    const engine = await createThreadedEngine({ threads: 100, spawn: idle });
    expect(engine.threads).toBe(MOST_THREADS);
    expect(started).toBe(MOST_THREADS - 1);
    expect(differencesByThreads(engine).failures).toEqual([]);
  });

  it('is one thread where workers do not start', async () => {
    const terminate = vi.fn();
    const engine = await createThreadedEngine({ threads: 2, spawn: () => ({ terminate }), startLimitMs: 50 });
    expect(engine.threads).toBe(1);
    expect(terminate).toHaveBeenCalledOnce();
  });
});
