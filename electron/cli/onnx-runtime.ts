import { readFile } from 'node:fs/promises';
import { onnxOpener, type OnnxRuntimeLike } from '../../core/export/onnx/session.ts';
import { ONNX_WASM_FILE } from './places.ts';

let loading: Promise<OnnxRuntimeLike> | null = null;

async function load(): Promise<OnnxRuntimeLike> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/wasm');
  env.wasm.numThreads = 1;
  // Warnings of the optimiser about the order of its own passes.
  env.logLevel = 'error';
  env.wasm.wasmBinary = new Uint8Array(await readFile(ONNX_WASM_FILE));
  return {
    createSession: async (model) => (await InferenceSession.create(model)) as unknown as Awaited<ReturnType<OnnxRuntimeLike['createSession']>>,
    tensor: (values, dims) => new Tensor('float32', values, [...dims]),
  };
}

/** ONNX Runtime Web in this process, loaded when the first file is opened. */
export const openOnnx = onnxOpener(() => (loading ??= load()));
