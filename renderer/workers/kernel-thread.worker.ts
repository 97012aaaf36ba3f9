import { runThread, type ThreadStart } from '../../core/kernels/thread.mjs';

// One thread of the kernels: it is told once what to share, and then takes parts of calls until it is ended.
self.addEventListener('message', ({ data }) => runThread(data as ThreadStart), { once: true });
