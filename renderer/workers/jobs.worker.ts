import { jobsOn } from '../../core/jobs/index.ts';
import type { SpawnThread } from '../../core/kernels/team.ts';
import { receivesKept } from '../../core/rpc/kept.ts';
import { portPipe, type PortLike } from '../../core/rpc/port-pipe.ts';
import { serve } from '../../core/rpc/serve.ts';
import { openOnnx } from './onnx-runtime.ts';
import { openTfjs } from './tfjs-runtime.ts';
import { openTflite } from './open-tflite.ts';

const spawnThread: SpawnThread = (start) => {
  const worker = new Worker(new URL('./kernel-thread.worker.ts', import.meta.url), { type: 'module', name: 'bitwright-thread' });
  worker.postMessage(start);
  return { terminate: () => worker.terminate() };
};

// The page compiles with the DOM library, where `self` is a window; here it is the worker's own scope.
serve(jobsOn({ threads: navigator.hardwareConcurrency, spawnThread, proof: { openOnnx, openTflite, openTfjs } }), receivesKept(portPipe(self as unknown as PortLike)));
