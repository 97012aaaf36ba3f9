import { CancelledError } from '../../core/base/errors.ts';
import type { Lane } from '../state/activity.ts';
import { LANES } from './lanes.ts';

export interface Task {
  readonly lane: Lane;
  readonly heavy: boolean;
  /** Higher goes first; equal keeps the order of arrival. */
  readonly priority: number;
  /** Background work: gives way to anything of higher priority in its lane, then starts again. */
  readonly yields: boolean;
  readonly signal: AbortSignal | undefined;
  /** Does the work; must settle soon after the signal aborts. */
  run(signal: AbortSignal): Promise<unknown>;
  readonly onState: (state: 'waiting' | 'running') => void;
}

interface Entry {
  readonly task: Task;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly order: number;
  stop: AbortController | null;
  /** Was stopped to make room, not by its owner: goes back into the queue. */
  displaced: boolean;
}

/**
 * Decides when each job may start. One job a lane; the bench lane starts only while no heavy job runs elsewhere, and
 * steps aside (to be started again) when one arrives, so that no timing was taken beside other work. The other job does not
 * wait until it has: what a displaced job still brings is thrown away.
 */
export function createScheduler() {
  const waiting: Entry[] = [];
  const running = new Map<Lane, Entry>();
  let arrivals = 0;

  const submit = (task: Task): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (task.signal?.aborted) return reject(new CancelledError());
      const entry: Entry = { task, resolve, reject, order: arrivals++, stop: null, displaced: false };
      task.signal?.addEventListener('abort', () => cancel(entry), { once: true });
      task.onState('waiting');
      waiting.push(entry);
      pump();
    });

  const cancel = (entry: Entry): void => {
    const position = waiting.indexOf(entry);
    if (position >= 0) {
      waiting.splice(position, 1);
      entry.reject(new CancelledError());
      return;
    }
    entry.displaced = false;
    entry.stop?.abort();
  };

  const displace = (entry: Entry): void => {
    if (entry.displaced || entry.task.signal?.aborted) return;
    entry.displaced = true;
    entry.stop?.abort();
  };

  const putBack = (entry: Entry): void => {
    entry.stop = null;
    entry.task.onState('waiting');
    waiting.push(entry);
  };

  const heavyElsewhere = (): boolean => [...running].some(([lane, entry]) => lane !== 'bench' && entry.task.heavy);
  const heavyWaitingElsewhere = (): boolean => waiting.some(({ task }) => task.lane !== 'bench' && task.heavy);

  const pump = (): void => {
    waiting.sort((a, b) => b.task.priority - a.task.priority || a.order - b.order);
    for (const lane of LANES) {
      const next = waiting.find((entry) => entry.task.lane === lane);
      if (!next) continue;
      const current = running.get(lane);
      if (current) {
        if (current.task.yields && next.task.priority > current.task.priority) displace(current);
        continue;
      }
      const bench = running.get('bench');
      if (lane === 'bench' && (heavyElsewhere() || heavyWaitingElsewhere())) continue;
      if (lane !== 'bench' && next.task.heavy && bench) displace(bench);
      void start(lane, next);
    }
  };

  const start = async (lane: Lane, entry: Entry): Promise<void> => {
    waiting.splice(waiting.indexOf(entry), 1);
    running.set(lane, entry);
    entry.stop = new AbortController();
    entry.displaced = false;
    entry.task.onState('running');
    try {
      const result = await entry.task.run(entry.stop.signal);
      if (entry.displaced) putBack(entry);
      else entry.resolve(result);
    } catch (error) {
      if (entry.displaced) putBack(entry);
      else entry.reject(error);
    } finally {
      running.delete(lane);
      pump();
    }
  };

  return { submit };
}
