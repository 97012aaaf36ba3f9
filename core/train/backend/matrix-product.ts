import * as tf from '@tensorflow/tfjs-core';
import { multiply, multiplyTransposed } from '../kernels/matrix/product.ts';
import { trainingKernels } from './active-kernels.ts';

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const swapLast = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis));

/** The product of two matrices in compiled kernels; null where they do not cover it: batches of matrices, both transposed. */
function compiledProduct(a: tf.TensorInfo, b: tf.TensorInfo, { transposeA, transposeB }: ProductAttributes): tf.TensorInfo | null {
  const kernels = trainingKernels();
  const isMatrix = ({ shape, dtype }: tf.TensorInfo): boolean => dtype === 'float32' && shape.length >= 2 && shape.slice(0, -2).every((size) => size === 1);
  if (!kernels || a.shape.length !== b.shape.length || !isMatrix(a) || !isMatrix(b) || (transposeA && transposeB)) return null;
  const [[aRows, aColumns], [bRows, bColumns]] = [a.shape.slice(-2), b.shape.slice(-2)];
  const columns = transposeB ? bRows : bColumns;
  if (a.shape.includes(0) || b.shape.includes(0)) return null;
  const result = kernels.output([...a.shape.slice(0, -2), transposeA ? aColumns : aRows, columns]);
  const [left, right, output] = [a, b, result].map(kernels.addressOf);
  if (transposeA) multiplyTransposed(kernels, { height: aColumns, columns, count: aRows }, left, right, output);
  else multiply(kernels, { rows: aRows, inner: aColumns, columns, turned: transposeB }, left, right, output);
  return result;
}

/**
 * Products of matrices, transposed or not, in compiled kernels. What they do not cover is left to `plain`, tfjs' own kernel, which is
 * fast only where neither matrix is transposed: the transposes are made first.
 */
export function matrixProductKernel(plain: tf.KernelConfig): tf.KernelConfig {
  return {
    ...plain,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { transposeA, transposeB } = attrs as unknown as ProductAttributes;
      const { a, b } = inputs as unknown as { a: tf.Tensor; b: tf.Tensor };
      const compiled = compiledProduct(a, b, { transposeA, transposeB });
      if (compiled) return compiled;
      const left = transposeA ? tf.transpose(a, swapLast(a.shape.length)) : a;
      const right = transposeB ? tf.transpose(b, swapLast(b.shape.length)) : b;
      const product = plain.kernelFunc({ inputs: { a: left, b: right }, backend, attrs: { ...attrs, transposeA: false, transposeB: false } });
      if (left !== a) left.dispose();
      if (right !== b) right.dispose();
      return product;
    },
  };
}
