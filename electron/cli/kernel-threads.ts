import { Worker } from 'node:worker_threads';
import type { SpawnThread } from '../../core/kernels/team.ts';

/** Node's worker threads for the kernels. `script` is kernel-thread.mjs, or what the build made of it. */
export function threadsOf(script: URL | string): SpawnThread {
  return (start) => {
    const worker = new Worker(script);
    worker.unref();
    worker.postMessage(start);
    return { terminate: () => void worker.terminate() };
  };
}
