import { Identity, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';

/** tfjs' WebAssembly identity copies; tensors never change here, so that a second name for the same memory is enough. */
export const identityKernel: KernelConfig = {
  kernelName: Identity,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => {
    const x = inputs['x'] as TensorInfo;
    (backend as unknown as { incRef(id: object): void }).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
};
