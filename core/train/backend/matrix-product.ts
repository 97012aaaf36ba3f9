import * as tf from '@tensorflow/tfjs-core';

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const swapLast = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis));

/**
 * tfjs' WebAssembly product is fast only where neither matrix is transposed: the transposes of gradients are made first.
 * `plain` is the backend's own kernel.
 */
export function matrixProductKernel(plain: tf.KernelConfig): tf.KernelConfig {
  return {
    ...plain,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { transposeA, transposeB } = attrs as unknown as ProductAttributes;
      const { a, b } = inputs as unknown as { a: tf.Tensor; b: tf.Tensor };
      const left = transposeA ? tf.transpose(a, swapLast(a.shape.length)) : a;
      const right = transposeB ? tf.transpose(b, swapLast(b.shape.length)) : b;
      const product = plain.kernelFunc({ inputs: { a: left, b: right }, backend, attrs: { ...attrs, transposeA: false, transposeB: false } });
      if (left !== a) left.dispose();
      if (right !== b) right.dispose();
      return product;
    },
  };
}
