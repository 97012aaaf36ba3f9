import type { Converter } from '../context.ts';
import * as arithmetic from './arithmetic.ts';
import * as larq from './larq.ts';
import * as layers from './layers.ts';
import * as shape from './shape.ts';

/** TensorFlow Lite operators that the studio runs, by name. */
export const CONVERTERS: Readonly<Record<string, Converter>> = {
  ADD: arithmetic.add,
  AVERAGE_POOL_2D: layers.averagePool,
  CONCATENATION: shape.concatenation,
  CONV_2D: layers.convolution,
  DEPTHWISE_CONV_2D: layers.depthwise,
  DEQUANTIZE: arithmetic.sameValue,
  DIV: arithmetic.divide,
  EXPAND_DIMS: shape.reshape,
  FULLY_CONNECTED: layers.fullyConnected,
  LEAKY_RELU: arithmetic.leakyRelu,
  LOGISTIC: arithmetic.sigmoid,
  MAXIMUM: arithmetic.maximum,
  MAX_POOL_2D: layers.maxPool,
  MEAN: shape.mean,
  MINIMUM: arithmetic.minimum,
  MUL: arithmetic.multiply,
  NEG: arithmetic.negative,
  PAD: shape.pad,
  PADV2: shape.pad,
  PRELU: arithmetic.prelu,
  QUANTIZE: arithmetic.sameValue,
  REDUCE_MAX: shape.largest,
  RELU: arithmetic.relu,
  RELU6: arithmetic.relu6,
  RELU_0_TO_1: arithmetic.reluToOne,
  RELU_N1_TO_1: arithmetic.reluFromMinusOne,
  RESHAPE: shape.reshape,
  SLICE: shape.slice,
  SOFTMAX: arithmetic.softmax,
  SQUEEZE: shape.reshape,
  STRIDED_SLICE: shape.stridedSlice,
  SUB: arithmetic.subtract,
  TANH: arithmetic.tanh,
  TRANSPOSE: shape.transpose,
};

/** Operators of the Larq Compute Engine, by their custom code. */
export const CUSTOM_CONVERTERS: Readonly<Record<string, Converter>> = {
  LceBMaxPool2d: larq.maxPool,
  LceBconv2d: larq.convolution,
  LceDequantize: arithmetic.sameValue,
  LceQuantize: larq.quantize,
};
