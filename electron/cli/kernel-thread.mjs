// What a helper thread of the kernels runs in Node.
import { parentPort } from 'node:worker_threads';
import { runThread } from '../../core/kernels/thread.mjs';

parentPort.once('message', runThread);
