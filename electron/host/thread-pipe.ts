import type { MessagePort, Worker } from 'node:worker_threads';
import type { Pipe } from '../../core/rpc/pipe.ts';

/** Between a thread of Node and what started it: the Worker on one side, its parentPort on the other. */
export function threadPipe(end: Worker | MessagePort): Pipe {
  return {
    send: (message, transfer = []) => end.postMessage(message, [...transfer]),
    onMessage(listener) {
      end.on('message', listener);
      return () => void end.off('message', listener);
    },
  };
}
