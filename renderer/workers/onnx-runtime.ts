import { onnxOpener, type OnnxRuntimeLike } from '../../core/export/onnx/session.ts';

let loading: Promise<OnnxRuntimeLike> | null = null;

async function load(): Promise<OnnxRuntimeLike> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/wasm');
  // One thread: more would be started from addresses that the policy forbids.
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  return {
    createSession: async (model) => (await InferenceSession.create(model)) as unknown as Awaited<ReturnType<OnnxRuntimeLike['createSession']>>,
    tensor: (values, dims) => new Tensor('float32', values, [...dims]),
  };
}

/** ONNX Runtime Web in this worker, loaded when the first file is opened. */
export const openOnnx = onnxOpener(() => (loading ??= load()));
