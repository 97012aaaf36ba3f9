// A helper thread of the kernels in Chromium.
import { runThread, type ThreadStart } from '../../../core/kernels/thread.mjs';

addEventListener('message', (event: MessageEvent<ThreadStart>) => runThread(event.data), { once: true });
