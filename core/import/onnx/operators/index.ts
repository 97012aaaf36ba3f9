import type { Converter } from '../context.ts';
import * as arithmetic from './arithmetic.ts';
import * as shape from './shape.ts';
import * as window from './window.ts';

/** ONNX operators that the studio runs, by name. */
export const CONVERTERS: Readonly<Record<string, Converter>> = {
  Add: arithmetic.add,
  AveragePool: window.averagePool,
  BatchNormalization: arithmetic.batchNormalization,
  Clip: arithmetic.clip,
  Concat: shape.concat,
  Conv: window.convolution,
  Div: arithmetic.divide,
  Dropout: arithmetic.identity,
  Flatten: shape.flatten,
  Gemm: arithmetic.gemm,
  GlobalAveragePool: window.globalAveragePool,
  GlobalMaxPool: window.globalMaxPool,
  Identity: arithmetic.identity,
  LeakyRelu: arithmetic.leakyRelu,
  MatMul: arithmetic.matMul,
  MaxPool: window.maxPool,
  Mul: arithmetic.multiply,
  Pad: shape.pad,
  ReduceMean: window.reduceMean,
  Relu: arithmetic.relu,
  Reshape: shape.reshape,
  Sigmoid: arithmetic.sigmoid,
  Slice: shape.slice,
  Softmax: arithmetic.softmax,
  Squeeze: shape.squeeze,
  Sub: arithmetic.subtract,
  Tanh: arithmetic.tanh,
  Transpose: shape.transpose,
  Unsqueeze: shape.unsqueeze,
};
