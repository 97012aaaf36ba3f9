import type { TfliteOption, TfliteType } from '../../tflite/model.ts';

/** Version of an operator whose first input has 8 bits, where that is not 1; tensorflow/lite/tools/versioning/op_version.cc. */
const OF_INT8: Readonly<Record<string, number>> = {
  ADD: 2, AVERAGE_POOL_2D: 2, CONV_2D: 3, DEPTHWISE_CONV_2D: 3, DEQUANTIZE: 2, MAX_POOL_2D: 2, MAXIMUM: 2, MEAN: 2, MINIMUM: 2, PAD: 2,
  PADV2: 2, STRIDED_SLICE: 2, TRANSPOSE: 2,
};
/** Of layers with 8-bit inputs and 4-bit weights, and of DEQUANTIZE. */
const OF_INT4: Readonly<Record<string, number>> = { CONV_2D: 7, DEPTHWISE_CONV_2D: 7, DEQUANTIZE: 6 };

/** The oldest version of an operator that means these types: an older runtime refuses the file instead of reading it wrongly. */
export function versionOf(op: string, types: readonly TfliteType[], options: Readonly<Record<string, TfliteOption>>): number {
  if (types.includes('INT4')) return OF_INT4[op] ?? 1;
  if (types[0] === 'INT8') return OF_INT8[op] ?? 1;
  const dilated = Number(options['dilation_w_factor'] ?? 1) > 1 || Number(options['dilation_h_factor'] ?? 1) > 1;
  return op === 'DEPTHWISE_CONV_2D' && dilated ? 2 : 1;
}
