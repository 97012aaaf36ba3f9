import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { StudioError } from '../../base/errors.ts';
import type { Build } from '../../kernels/load.ts';
import type { SpawnThread } from '../../kernels/team.ts';
import { createTrainingKernels, type HeapBackend } from '../kernels/training-kernels.ts';
import { ADAM_OPERATORS } from '../operators/adam.ts';
import { BATCH_NORM_OPERATORS } from '../operators/batch-norm.ts';
import { BATCH_NORM_POOL_OPERATORS } from '../operators/batch-norm-pool.ts';
import { BORDER_OPERATORS } from '../operators/border.ts';
import { CHANNEL_OPERATORS } from '../operators/channels.ts';
import { LOSS_OPERATORS } from '../operators/distillation.ts';
import { DEPTHWISE_OPERATORS } from '../operators/depthwise.ts';
import { ELEMENTWISE_OPERATORS } from '../operators/elementwise.ts';
import { FORMULA_OPERATORS } from '../operators/formula.ts';
import { GATHER_OPERATORS } from '../operators/gather.ts';
import { INT8_OPERATORS } from '../operators/int8-grid.ts';
import { LEARNED_GRID_OPERATORS } from '../operators/learned-grid.ts';
import { MOMENTUM_OPERATORS } from '../operators/momentum.ts';
import { POOL_OPERATORS } from '../operators/pool.ts';
import { RPRELU_OPERATORS } from '../operators/rprelu.ts';
import { SIGN_OPERATORS } from '../operators/sign-input.ts';
import { trainingKernels, setTrainingKernels } from './active-kernels.ts';
import { arithmeticKernels } from './arithmetic.ts';
import { registerArrayOperators } from './array-kernel.ts';
import { convolutionKernels } from './convolution.ts';
import { identityKernel } from './identity.ts';
import { matrixProductKernel } from './matrix-product.ts';
import { lendSharedMemory } from './shared-memory.ts';

const OPERATORS = [
  ...ADAM_OPERATORS,
  ...BATCH_NORM_OPERATORS,
  ...BATCH_NORM_POOL_OPERATORS,
  ...BORDER_OPERATORS,
  ...CHANNEL_OPERATORS,
  ...DEPTHWISE_OPERATORS,
  ...ELEMENTWISE_OPERATORS,
  ...FORMULA_OPERATORS,
  ...GATHER_OPERATORS,
  ...INT8_OPERATORS,
  ...LEARNED_GRID_OPERATORS,
  ...LOSS_OPERATORS,
  ...MOMENTUM_OPERATORS,
  ...POOL_OPERATORS,
  ...RPRELU_OPERATORS,
  ...SIGN_OPERATORS,
];

function replaceKernel(kernel: tf.KernelConfig): void {
  if (tf.getKernel(kernel.kernelName, kernel.backendName)) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}

let starting: Promise<string> | null = null;

export interface BackendOptions {
  /** Threads that share the work of a step, this one included. Default 1. */
  readonly threads?: number;
  /** How this machine starts a thread; without it, one. */
  readonly spawn?: SpawnThread;
  /** Instruction set of the kernels instead of the best one; for benchmarks. */
  readonly build?: Build;
}

/**
 * Starts tfjs on WebAssembly and adds what its backend lacks. `wasmPath` is the folder of tfjs' wasm files, ending in a slash.
 * Once for a thread: later calls get the first one's answer. Returns what runs, for the result's record.
 */
export function startBackend(wasmPath: string, options: BackendOptions = {}): Promise<string> {
  starting ??= start(wasmPath, options).catch((error: unknown) => {
    starting = null;
    throw error;
  });
  return starting;
}

async function start(wasmPath: string, { threads = 1, spawn, build }: BackendOptions): Promise<string> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const load = async (): Promise<boolean> => {
    setWasmPaths(wasmPath);
    return tf.setBackend('wasm');
  };
  const quiet = (): Promise<boolean> => load().catch(() => false);
  const shares = threads > 1 && spawn !== undefined && typeof SharedArrayBuffer !== 'undefined';
  const started = await withFolderName(() => (shares ? lendSharedMemory(quiet) : quiet()));
  if (!started || tf.getBackend() !== 'wasm') {
    throw new StudioError('The training engine could not start: its WebAssembly file did not load.', {
      where: wasmPath,
      next: 'Build the studio again, and check that this folder holds tfjs-backend-wasm-simd.wasm.',
    });
  }
  registerArrayOperators(OPERATORS);
  convolutionKernels((name) => tf.getKernel(name, 'wasm')).forEach(replaceKernel);
  arithmeticKernels((name) => tf.getKernel(name, 'wasm')).forEach(replaceKernel);
  replaceKernel(identityKernel);
  const product = tf.getKernel(tf.BatchMatMul, 'wasm');
  if (product) replaceKernel(matrixProductKernel(product));
  setTrainingKernels(await createTrainingKernels(tf.backend() as unknown as HeapBackend, { build, threads, spawn: spawn ?? null }));
  const kernels = trainingKernels();
  const count = kernels?.threads ?? 1;
  const instructions = { relaxed: ' with relaxed SIMD', simd: ' with SIMD', none: '' }[kernels?.build ?? 'none'];
  return `tfjs ${tf.version_core} on WebAssembly${instructions}, ${count} ${count === 1 ? 'thread' : 'threads'}`;
}

/** In Node the loader reads a name of the CommonJS world that modules lack; the path that it forms of it is not used. */
async function withFolderName<T>(load: () => Promise<T>): Promise<T> {
  const scope = globalThis as { __dirname?: string; process?: unknown };
  const lent = scope.process !== undefined && scope.__dirname === undefined;
  if (lent) scope.__dirname = '';
  try {
    return await load();
  } finally {
    if (lent) delete scope.__dirname;
  }
}
