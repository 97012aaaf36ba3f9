import type { TfliteType } from './model.ts';

// Numbers are those of tensorflow/lite/schema/schema.fbs (version 3c, Apache-2.0): a slot is a field's place in its table, counted
// from 0; a union takes two, its type and its value.

export const TFLITE_IDENTIFIER = 'TFL3';
export const TFLITE_VERSION = 3;

export const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 } as const;
export const OPERATOR_CODE = { deprecatedBuiltinCode: 0, customCode: 1, version: 2, builtinCode: 3 } as const;
export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, sparsity: 6, hasRank: 8 } as const;
export const QUANTIZATION = { scale: 2, zeroPoint: 3, detailsType: 4, axis: 6 } as const;
export const OPERATOR = {
  opcodeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4, customOptions: 5, largeCustomOptionsOffset: 9, largeCustomOptionsSize: 10,
} as const;
/** offset and size: of data that lie behind the flatbuffer, in files of more than 2 GB. */
export const BUFFER = { data: 0, offset: 1, size: 2 } as const;

/** By the number of the type. */
export const TENSOR_TYPES = [
  'FLOAT32', 'FLOAT16', 'INT32', 'UINT8', 'INT64', 'STRING', 'BOOL', 'INT16', 'COMPLEX64', 'INT8', 'FLOAT64', 'COMPLEX128', 'UINT64',
  'RESOURCE', 'VARIANT', 'UINT32', 'UINT16', 'INT4', 'BFLOAT16',
] as const satisfies readonly TfliteType[];

/** `padding` and `fused_activation_function` of an operator's options are places in these. */
export const PADDINGS = ['SAME', 'VALID'] as const;
export const ACTIVATIONS = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'] as const;
export type TfliteActivation = (typeof ACTIVATIONS)[number];

export type FieldType = 'byte' | 'int' | 'bool' | 'float' | 'ints';
export type FieldRow = readonly [name: string, type: FieldType, slot: number, fallback: number | boolean | readonly number[]];

/** Codes from here on do not fit into the field of a byte that older readers look at; it then holds this number. */
export const LARGEST_BYTE_CODE = 127;
export const CUSTOM_CODE = 32;

const PADDING: FieldRow = ['padding', 'byte', 0, 0];
const STRIDES: readonly FieldRow[] = [['stride_w', 'int', 1, 0], ['stride_h', 'int', 2, 0]];
const activation = (slot: number): FieldRow => ['fused_activation_function', 'byte', slot, 0];
const AXIS: FieldRow = ['axis', 'int', 0, 0];

const CONVOLUTION: readonly FieldRow[] = [PADDING, ...STRIDES, activation(3), ['dilation_w_factor', 'int', 4, 1], ['dilation_h_factor', 'int', 5, 1], ['quantized_bias_type', 'byte', 6, 0]];
const DEPTHWISE: readonly FieldRow[] = [PADDING, ...STRIDES, ['depth_multiplier', 'int', 3, 0], activation(4), ['dilation_w_factor', 'int', 5, 1], ['dilation_h_factor', 'int', 6, 1]];
const DENSE: readonly FieldRow[] = [activation(0), ['weights_format', 'byte', 1, 0], ['keep_num_dims', 'bool', 2, false], ['asymmetric_quantize_inputs', 'bool', 3, false], ['quantized_bias_type', 'byte', 4, 0]];
const POOL: readonly FieldRow[] = [PADDING, ...STRIDES, ['filter_width', 'int', 3, 0], ['filter_height', 'int', 4, 0], activation(5)];
const SUM_OF_TWO: readonly FieldRow[] = [activation(0), ['pot_scale_int16', 'bool', 1, true]];
const REDUCER: readonly FieldRow[] = [['keep_dims', 'bool', 0, false]];
const STRIDED_SLICE: readonly FieldRow[] = [['begin_mask', 'int', 0, 0], ['end_mask', 'int', 1, 0], ['ellipsis_mask', 'int', 2, 0], ['new_axis_mask', 'int', 3, 0], ['shrink_axis_mask', 'int', 4, 0], ['offset', 'bool', 5, false]];
const TRANSPOSE_CONV: readonly FieldRow[] = [PADDING, ...STRIDES, activation(3), ['quantized_bias_type', 'byte', 4, 0]];
const BATCH_MATMUL: readonly FieldRow[] = [['adj_x', 'bool', 0, false], ['adj_y', 'bool', 1, false], ['asymmetric_quantize_inputs', 'bool', 2, false]];

export interface OperatorRow {
  /** BuiltinOperator */
  readonly code: number;
  /** Place in the union BuiltinOptions; 0: the operator has none. */
  readonly optionsType: number;
  readonly fields: readonly FieldRow[];
}

const row = (code: number, optionsType: number, fields: readonly FieldRow[] = []): OperatorRow => ({ code, optionsType, fields });

/** Built-in operators that are read and written with their options. */
export const OPERATORS: Readonly<Record<string, OperatorRow>> = {
  ADD: row(0, 11, SUM_OF_TWO),
  AVERAGE_POOL_2D: row(1, 5, POOL),
  CONCATENATION: row(2, 10, [AXIS, activation(1)]),
  CONV_2D: row(3, 1, CONVOLUTION),
  DEPTHWISE_CONV_2D: row(4, 2, DEPTHWISE),
  DEPTH_TO_SPACE: row(5, 94, [['block_size', 'int', 0, 0]]),
  DEQUANTIZE: row(6, 38),
  FLOOR: row(8, 0),
  FULLY_CONNECTED: row(9, 8, DENSE),
  L2_NORMALIZATION: row(11, 12, [activation(0)]),
  LOCAL_RESPONSE_NORMALIZATION: row(13, 13, [['radius', 'int', 0, 0], ['bias', 'float', 1, 0], ['alpha', 'float', 2, 0], ['beta', 'float', 3, 0]]),
  LOGISTIC: row(14, 0),
  MAX_POOL_2D: row(17, 5, POOL),
  MUL: row(18, 21, [activation(0)]),
  RELU: row(19, 0),
  RELU_N1_TO_1: row(20, 0),
  RELU6: row(21, 0),
  RESHAPE: row(22, 17, [['new_shape', 'ints', 0, []]]),
  RESIZE_BILINEAR: row(23, 15, [['align_corners', 'bool', 2, false], ['half_pixel_centers', 'bool', 3, false]]),
  SOFTMAX: row(25, 9, [['beta', 'float', 0, 0]]),
  SPACE_TO_DEPTH: row(26, 19, [['block_size', 'int', 0, 0]]),
  TANH: row(28, 0),
  PAD: row(34, 22),
  GATHER: row(36, 23, [AXIS, ['batch_dims', 'int', 1, 0]]),
  BATCH_TO_SPACE_ND: row(37, 24),
  SPACE_TO_BATCH_ND: row(38, 25),
  TRANSPOSE: row(39, 26),
  MEAN: row(40, 27, REDUCER),
  SUB: row(41, 28, SUM_OF_TWO),
  DIV: row(42, 29, [activation(0)]),
  SQUEEZE: row(43, 30, [['squeeze_dims', 'ints', 0, []]]),
  STRIDED_SLICE: row(45, 32, STRIDED_SLICE),
  EXP: row(47, 33),
  SPLIT: row(49, 35, [['num_splits', 'int', 0, 0]]),
  LOG_SOFTMAX: row(50, 36),
  CAST: row(53, 37, [['in_data_type', 'byte', 0, 0], ['out_data_type', 'byte', 1, 0]]),
  PRELU: row(54, 0),
  MAXIMUM: row(55, 39),
  ARG_MAX: row(56, 40, [['output_type', 'byte', 0, 0]]),
  MINIMUM: row(57, 39),
  LESS: row(58, 41),
  NEG: row(59, 42),
  PADV2: row(60, 43),
  GREATER: row(61, 44),
  GREATER_EQUAL: row(62, 45),
  LESS_EQUAL: row(63, 46),
  SELECT: row(64, 47),
  SLICE: row(65, 48),
  TRANSPOSE_CONV: row(67, 49, TRANSPOSE_CONV),
  TILE: row(69, 51),
  EXPAND_DIMS: row(70, 52),
  EQUAL: row(71, 53),
  NOT_EQUAL: row(72, 54),
  LOG: row(73, 0),
  SUM: row(74, 27, REDUCER),
  SQRT: row(75, 0),
  RSQRT: row(76, 0),
  SHAPE: row(77, 55, [['out_type', 'byte', 0, 0]]),
  POW: row(78, 56),
  ARG_MIN: row(79, 57, [['output_type', 'byte', 0, 0]]),
  REDUCE_PROD: row(81, 27, REDUCER),
  REDUCE_MAX: row(82, 27, REDUCER),
  PACK: row(83, 59, [['values_count', 'int', 0, 0], ['axis', 'int', 1, 0]]),
  UNPACK: row(88, 64, [['num', 'int', 0, 0], ['axis', 'int', 1, 0]]),
  REDUCE_MIN: row(89, 27, REDUCER),
  SQUARE: row(92, 66),
  FILL: row(94, 68),
  RESIZE_NEAREST_NEIGHBOR: row(97, 74, [['align_corners', 'bool', 0, false], ['half_pixel_centers', 'bool', 1, false]]),
  LEAKY_RELU: row(98, 75, [['alpha', 'float', 0, 0]]),
  SQUARED_DIFFERENCE: row(99, 76),
  MIRROR_PAD: row(100, 77, [['mode', 'byte', 0, 0]]),
  ABS: row(101, 78),
  SPLIT_V: row(102, 79, [['num_splits', 'int', 0, 0]]),
  ELU: row(111, 0),
  QUANTIZE: row(114, 89),
  ROUND: row(116, 0),
  HARD_SWISH: row(117, 91),
  SELECT_V2: row(123, 98),
  BATCH_MATMUL: row(126, 101, BATCH_MATMUL),
  BROADCAST_TO: row(130, 104),
  GELU: row(150, 116, [['approximate', 'bool', 0, false]]),
  RELU_0_TO_1: row(152, 0),
  SIGN: row(158, 123),
};
