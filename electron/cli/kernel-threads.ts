import { Worker } from 'node:worker_threads';
import type { SpawnThread } from '../../core/kernels/threads.ts';

/** Node's worker threads for the kernels. `script` is kernel-thread.mjs, wherever the build put it. */
export function threadsOf(script: URL): SpawnThread {
  return (start) => {
    const worker = new Worker(script);
    worker.unref();
    worker.postMessage(start);
    return { terminate: () => void worker.terminate() };
  };
}
