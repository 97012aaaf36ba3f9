import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { createWorkerLane } from '../../renderer/host/worker-lane.ts';

/** A worker that answers only what the test tells it to. */
class FakeWorker extends EventTarget {
  terminated = false;
  readonly sent: { rpc: string; id: number; method?: string }[] = [];
  postMessage(message: { rpc: string; id: number }): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(value: unknown): void {
    const { id } = this.sent.findLast((message) => message.rpc === 'call')!;
    this.dispatchEvent(Object.assign(new Event('message'), { data: { rpc: 'result', id, value } }));
  }
}

const workers: FakeWorker[] = [];
const createLane = () =>
  createWorkerLane('interactive', () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  });

beforeEach(() => {
  workers.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test('a lane starts its worker with the first call and keeps it', async () => {
  const lane = createLane();
  expect(workers).toHaveLength(0);
  const first = lane.client().importModel({ files: [] });
  workers[0].answer('one');
  await expect(first).resolves.toBe('one');
  const second = lane.client().importModel({ files: [] });
  workers[0].answer('two');
  await expect(second).resolves.toBe('two');
  expect(workers).toHaveLength(1);
});

test('a cancel that is not honoured in 2 s ends the worker, and the next call starts another', async () => {
  const lane = createLane();
  const stop = new AbortController();
  const stuck = lane.client().importModel({ files: [] }, { signal: stop.signal });
  const outcome = expect(stuck).rejects.toBeInstanceOf(CancelledError);
  stop.abort();
  await vi.advanceTimersByTimeAsync(1900);
  expect(workers[0].terminated).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await outcome;
  expect(workers[0].terminated).toBe(true);
  const next = lane.client().importModel({ files: [] });
  workers[1].answer('fresh');
  await expect(next).resolves.toBe('fresh');
});

test('a worker that fails rejects what it was doing with a sentence, and is replaced', async () => {
  const lane = createLane();
  const lost = lane.client().importModel({ files: [] });
  workers[0].dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  await expect(lost).rejects.toThrow('The work stopped with an error: out of memory.');
  void lane.client().importModel({ files: [] });
  expect(workers).toHaveLength(2);
});
