import { Add, backend_util, Multiply, RealDiv, Sub, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { elementCount, type Shape } from '../../graph/graph.ts';
import { combineInto, type Combination } from '../operators/formula.ts';
import { trainingKernels } from './active-kernels.ts';

const COMBINATIONS: Readonly<Record<string, Combination>> = { [Add]: 'add', [Sub]: 'subtract', [Multiply]: 'multiply', [RealDiv]: 'divide' };

/** One value for all, one a channel, or as many as the result has: what the compiled kernels lay out. */
function isLaidOut(shape: Shape, output: Shape): boolean {
  const size = elementCount(shape);
  return size === elementCount(output) || size === 1 || (size === output[output.length - 1] && shape[shape.length - 1] === size);
}

/** tfjs' own kernels of + − × ÷ are its WebAssembly's scalar loops; they stay for shapes and types that ours do not know. */
export function arithmeticKernels(original: (name: string) => KernelConfig | undefined): readonly KernelConfig[] {
  return Object.entries(COMBINATIONS).flatMap(([kernelName, operation]) => {
    const fallback = original(kernelName);
    if (!fallback) return [];
    const kernelFunc: KernelConfig['kernelFunc'] = (call) => {
      const { a, b } = call.inputs as Readonly<Record<'a' | 'b', TensorInfo>>;
      const kernels = trainingKernels();
      const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
      const output = kernels && isFloat ? backend_util.assertAndGetBroadcastShape(a.shape, b.shape) : null;
      if (!kernels || !output || elementCount(output) === 0 || !isLaidOut(a.shape, output) || !isLaidOut(b.shape, output)) return fallback.kernelFunc(call);
      if (Math.max(elementCount(a.shape), elementCount(b.shape)) !== elementCount(output)) return fallback.kernelFunc(call);
      const result = kernels.output(output);
      combineInto(kernels, operation, [a, b].map(kernels.addressOf), [a.shape, b.shape], kernels.addressOf(result));
      return result;
    };
    return [{ kernelName, backendName: 'wasm', kernelFunc }];
  });
}
