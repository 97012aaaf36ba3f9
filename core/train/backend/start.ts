import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { StudioError } from '../../base/errors.ts';
import { ADAM_OPERATORS } from '../operators/adam.ts';
import { BATCH_NORM_OPERATORS } from '../operators/batch-norm.ts';
import { CHANNEL_OPERATORS } from '../operators/channels.ts';
import { LOSS_OPERATORS } from '../operators/distillation.ts';
import { ELEMENTWISE_OPERATORS } from '../operators/elementwise.ts';
import { GATHER_OPERATORS } from '../operators/gather.ts';
import { INT8_OPERATORS } from '../operators/int8-grid.ts';
import { POOL_OPERATORS } from '../operators/pool.ts';
import { SIGN_OPERATORS } from '../operators/sign-input.ts';
import { registerArrayOperators } from './array-kernel.ts';
import { convolutionFilterGradientKernel } from './conv-filter-gradient.ts';
import { convolutionInputGradientKernel } from './conv-input-gradient.ts';
import { depthwiseGradientKernels } from './depthwise-gradient.ts';
import { identityKernel } from './identity.ts';
import { maxPoolGradientKernel } from './max-pool-gradient.ts';
import { matrixProductKernel } from './matrix-product.ts';

const OPERATORS = [
  ...ADAM_OPERATORS,
  ...BATCH_NORM_OPERATORS,
  ...CHANNEL_OPERATORS,
  ...ELEMENTWISE_OPERATORS,
  ...GATHER_OPERATORS,
  ...INT8_OPERATORS,
  ...LOSS_OPERATORS,
  ...POOL_OPERATORS,
  ...SIGN_OPERATORS,
];

function replaceKernel(kernel: tf.KernelConfig): void {
  if (tf.getKernel(kernel.kernelName, kernel.backendName)) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}

let starting: Promise<string> | null = null;

/**
 * Starts tfjs on WebAssembly, one thread (its threaded build starts workers from blob: addresses, which the policy of the
 * page forbids), and adds what its backend lacks. `wasmPath` is the folder of tfjs' wasm files, ending in a slash.
 * Returns what runs, for the result's record.
 */
export function startBackend(wasmPath: string): Promise<string> {
  starting ??= start(wasmPath).catch((error: unknown) => {
    starting = null;
    throw error;
  });
  return starting;
}

async function start(wasmPath: string): Promise<string> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const load = async (): Promise<boolean> => {
    setWasmPaths(wasmPath);
    return tf.setBackend('wasm');
  };
  const started = await withFolderName(() => load().catch(() => false));
  if (!started || tf.getBackend() !== 'wasm') {
    throw new StudioError('The training engine could not start: its WebAssembly file did not load.', {
      where: wasmPath,
      next: 'Build the studio again, and check that this folder holds tfjs-backend-wasm-simd.wasm.',
    });
  }
  registerArrayOperators(OPERATORS);
  replaceKernel(convolutionFilterGradientKernel);
  replaceKernel(convolutionInputGradientKernel);
  replaceKernel(identityKernel);
  replaceKernel(maxPoolGradientKernel);
  depthwiseGradientKernels.forEach(replaceKernel);
  const product = tf.getKernel(tf.BatchMatMul, 'wasm');
  if (product) replaceKernel(matrixProductKernel(product));
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return `tfjs ${tf.version_core} on WebAssembly${simd ? ' with SIMD' : ''}, 1 thread`;
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
