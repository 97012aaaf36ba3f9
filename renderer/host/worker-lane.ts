import type { Jobs } from '../../core/jobs/contract.ts';
import type { Client, ServiceTable } from '../../core/rpc/pipe.ts';
import { openConnection } from '../../core/rpc/connect.ts';
import { portPipe } from '../../core/rpc/port-pipe.ts';
import { sendsKept } from '../../core/rpc/kept.ts';
import { blobs } from '../state/blobs.ts';
import type { Lane } from '../state/activity.ts';

type JobTable = Jobs & ServiceTable;

/**
 * One worker, started on first use. When a cancelled job has not stopped in 2 s, or the worker fails, the worker ends
 * and the next call starts another.
 */
export function createWorkerLane(lane: Lane, spawn: (name: string) => Worker) {
  let current: { readonly client: Client<JobTable>; readonly end: (reason: string) => void } | null = null;

  const start = () => {
    const worker = spawn(`bitwright-${lane}`);
    const connection = openConnection<JobTable>(sendsKept(portPipe(worker), blobs.isShared), {
      onUnresponsive: () => end('The work did not stop when asked, so it was ended.'),
    });
    const end = (reason: string): void => {
      if (current?.end === end) current = null;
      connection.close(reason);
      worker.terminate();
    };
    worker.addEventListener('error', (event) => {
      end(`The work stopped with an error${event.message ? `: ${event.message}` : ''}.`);
    });
    return { client: connection.client, end };
  };

  return {
    client: (): Client<JobTable> => (current ??= start()).client,
  };
}
