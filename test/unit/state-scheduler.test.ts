import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import type { Lane } from '../../renderer/state/activity.ts';
import { createScheduler } from '../../renderer/host/scheduler.ts';

/** Work that the test ends by hand and that stops at once when told to. */
function createWorkshop() {
  const scheduler = createScheduler();
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const submit = (name: string, lane: Lane, { heavy = true, priority = 0, yields = false, signal }: { heavy?: boolean; priority?: number; yields?: boolean; signal?: AbortSignal } = {}) => {
    const outcome = scheduler.submit({
      lane,
      heavy,
      priority,
      yields,
      signal,
      onState: (state) => log.push(`${name} ${state}`),
      run: (stop) =>
        new Promise((resolve, reject) => {
          ends.set(name, () => resolve(name));
          stop.addEventListener('abort', () => reject(new CancelledError()), { once: true });
        }),
    });
    outcome.then(
      () => log.push(`${name} done`),
      () => log.push(`${name} cancelled`),
    );
    return outcome;
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const end = async (name: string) => {
    ends.get(name)?.();
    await settle();
  };
  const runs = () => log.filter((line) => line.endsWith(' running')).map((line) => line.split(' ')[0]);
  return { submit, end, settle, log, runs };
}

describe('the lanes', () => {
  test('run one job at a time, more urgent first, then in order of arrival', async () => {
    const { submit, end, runs } = createWorkshop();
    submit('a', 'interactive');
    submit('b', 'interactive');
    submit('c', 'interactive');
    submit('urgent', 'interactive', { priority: 2 });
    expect(runs()).toEqual(['a']);
    await end('a');
    await end('urgent');
    await end('b');
    await end('c');
    expect(runs()).toEqual(['a', 'urgent', 'b', 'c']);
  });

  test('work beside each other', () => {
    const { submit, runs } = createWorkshop();
    submit('train', 'long');
    submit('import', 'interactive');
    expect(runs()).toEqual(['train', 'import']);
  });

  test('a job that failed frees its lane', async () => {
    const scheduler = createScheduler();
    const broken = scheduler.submit({ lane: 'long', heavy: true, priority: 0, yields: false, signal: undefined, onState: () => {}, run: () => Promise.reject(new Error('broken')) });
    const next = scheduler.submit({ lane: 'long', heavy: true, priority: 0, yields: false, signal: undefined, onState: () => {}, run: () => Promise.resolve('fine') });
    await expect(broken).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
  });
});

describe('the bench lane', () => {
  test('waits while heavy work runs or waits elsewhere', async () => {
    const { submit, end, runs } = createWorkshop();
    submit('train', 'long');
    submit('timing', 'bench');
    expect(runs()).toEqual(['train']);
    await end('train');
    expect(runs()).toEqual(['train', 'timing']);
  });

  test('does not mind light work', () => {
    const { submit, runs } = createWorkshop();
    submit('look', 'interactive', { heavy: false });
    submit('timing', 'bench');
    expect(runs()).toEqual(['look', 'timing']);
  });

  test('steps aside for heavy work and starts again afterwards', async () => {
    const { submit, end, settle, runs, log } = createWorkshop();
    const timing = submit('timing', 'bench');
    submit('evaluate', 'interactive');
    // Not only when the timing has stopped.
    expect(runs()).toEqual(['timing', 'evaluate']);
    await settle();
    await end('evaluate');
    expect(runs()).toEqual(['timing', 'evaluate', 'timing']);
    await end('timing');
    await expect(timing).resolves.toBe('timing');
    expect(log).not.toContain('timing cancelled');
  });
});

describe('cancelling', () => {
  test('takes a waiting job out of the queue', async () => {
    const { submit, end, runs } = createWorkshop();
    submit('a', 'long');
    const stop = new AbortController();
    const waiting = submit('b', 'long', { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toBeInstanceOf(CancelledError);
    await end('a');
    expect(runs()).toEqual(['a']);
  });

  test('stops a running job, also one that was just displaced', async () => {
    const { submit, settle, end, runs } = createWorkshop();
    const stop = new AbortController();
    const timing = submit('timing', 'bench', { signal: stop.signal });
    submit('evaluate', 'interactive');
    stop.abort();
    await expect(timing).rejects.toBeInstanceOf(CancelledError);
    await settle();
    await end('evaluate');
    expect(runs()).toEqual(['timing', 'evaluate']);
  });

  test('a job cancelled before it is submitted never starts', async () => {
    const { submit, runs } = createWorkshop();
    await expect(submit('a', 'long', { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
    expect(runs()).toEqual([]);
  });

  test('background work gives way to what a person asked for, then starts again', async () => {
    const { submit, settle, end, runs } = createWorkshop();
    const background = submit('sensitivity', 'long', { priority: -2, yields: true });
    submit('train', 'long');
    await settle();
    expect(runs()).toEqual(['sensitivity', 'train']);
    await end('train');
    await end('sensitivity');
    await expect(background).resolves.toBe('sensitivity');
    expect(runs()).toEqual(['sensitivity', 'train', 'sensitivity']);
  });
});
