// A thread of the host that proves exported C.
import { parentPort } from 'node:worker_threads';
import { serve } from '../../core/rpc/serve.ts';
import type { ProofThread } from '../host/provers.ts';
import { threadPipe } from '../host/thread-pipe.ts';
import { proveC99 } from './prove-c99.ts';

if (parentPort) serve({ prove: proveC99 } satisfies ProofThread, threadPipe(parentPort));
