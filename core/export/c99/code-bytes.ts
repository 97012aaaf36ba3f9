/**
 * Bytes of the pieces of C on a Cortex-M4 with FPU. Measured, not written: npm run make:c99-code.
 * arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205
 * -std=c99 -ffp-contract=off -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os
 */

/** Of the texts of the pieces. */
export const PIECES_HASH = '077c5836a6a30bca';

/** A piece, its constants included; what a single other piece needs is counted with that one. */
export interface PieceBytes {
  readonly bytes: number;
  /** Of what the run function calls: as part of the run function, where it is called once, and else a call. */
  readonly once?: number;
  readonly call?: number;
  /** Structures that are still there where it is called once: the others became part of the code. */
  readonly kept?: readonly string[];
  /** Parts of the compiler's library, above all of float64, which a Cortex-M4 has no instructions for. */
  readonly library?: readonly (keyof typeof LIBRARY_BYTES)[];
}

export const PIECE_BYTES: Readonly<Record<string, PieceBytes>> = {
  to_code: { bytes: 148 },
  store_float: { bytes: 90 },
  store_int8: { bytes: 78 },
  store_signs: { bytes: 100 },
  float_conv: { bytes: 392, once: 324, call: 26, kept: [] },
  float_depthwise: { bytes: 292, once: 220, call: 20, kept: [] },
  dot_int8: { bytes: 36 },
  dot_int4: { bytes: 166 },
  dot_ternary: { bytes: 218 },
  dot_two_levels: { bytes: 300 },
  dot_binary: { bytes: 308 },
  integer_conv: { bytes: 328, once: 272, call: 30, kept: ['finish', 'integer_layer'] },
  integer_depthwise: { bytes: 306, once: 212, call: 37, kept: ['finish', 'integer_layer'] },
  xnor_conv: { bytes: 1222, once: 1004, call: 37, kept: ['finish'] },
  quantise: { bytes: 50, once: 52, call: 31, kept: [] },
  dequantise: { bytes: 48, once: 48, call: 30, kept: [] },
  pack_signs_float: { bytes: 144, once: 156, call: 38, kept: [] },
  pack_signs_int8: { bytes: 132, once: 136, call: 38, kept: [] },
  max_pool_float: { bytes: 240, once: 152, call: 18, kept: [] },
  max_pool_int8: { bytes: 192, once: 140, call: 18, kept: [] },
  max_pool_signs: { bytes: 164, once: 104, call: 18, kept: [] },
  average_pool_float: { bytes: 312, once: 184, call: 22, kept: [], library: ['_arm_addsubdf3.o', '_arm_muldivdf3.o', '_arm_truncdfsf2.o'] },
  average_pool_int8: { bytes: 208, once: 168, call: 18, kept: [] },
  add_float: { bytes: 90, once: 84, call: 41, kept: [] },
  add_int8: { bytes: 92, once: 92, call: 34, kept: [] },
  batch_norm: { bytes: 56, once: 60, call: 34, kept: [] },
  rprelu: { bytes: 88, once: 76, call: 38, kept: [] },
  relu: { bytes: 64, once: 52, call: 16, kept: [] },
  clip: { bytes: 36, once: 52, call: 34, kept: [] },
  leaky_relu: { bytes: 116, once: 88, call: 24, kept: [], library: ['_arm_muldf3.o', '_arm_addsubdf3.o', '_arm_truncdfsf2.o'] },
  exponential: { bytes: 440, library: ['_arm_muldf3.o', '_arm_addsubdf3.o', '_arm_cmpdf2.o', '_arm_fixdfsi.o'] },
  sigmoid: { bytes: 84, once: 92, call: 20, kept: [], library: ['_arm_muldf3.o', '_arm_addsubdf3.o', '_arm_muldivdf3.o', '_arm_cmpdf2.o', '_arm_fixdfsi.o', '_arm_truncdfsf2.o'] },
  hyperbolic_tangent: { bytes: 204, once: 212, call: 20, kept: [], library: ['_arm_muldf3.o', '_arm_addsubdf3.o', '_arm_muldivdf3.o', '_arm_cmpdf2.o', '_arm_fixdfsi.o', '_arm_truncdfsf2.o'] },
  softmax: { bytes: 204, once: 208, call: 24, kept: [], library: ['_arm_muldf3.o', '_arm_addsubdf3.o', '_arm_muldivdf3.o', '_arm_cmpdf2.o', '_arm_fixdfsi.o', '_arm_truncdfsf2.o'] },
  copy_strided_float: { bytes: 128, once: 120, call: 26, kept: ['strided'] },
  copy_strided_int8: { bytes: 116, once: 108, call: 18, kept: ['strided'] },
  copy_rows: { bytes: 28, once: 40, call: 32, kept: [] },
};

/** The parts of libgcc that pieces need. */
export const LIBRARY_BYTES = {
  '_arm_addsubdf3.o': 888,
  '_arm_muldivdf3.o': 1060,
  '_arm_truncdfsf2.o': 160,
  '_arm_muldf3.o': 596,
  '_arm_cmpdf2.o': 272,
  '_arm_fixdfsi.o': 80,
} as const;

/** A constant of each structure. */
export const STRUCTURE_BYTES: Readonly<Record<string, number>> = {
  finish: 40,
  float_layer: 16,
  int8_sum: 28,
  integer_layer: 16,
  pool: 44,
  strided: 128,
  window: 56,
  xnor_layer: 8,
};

/** The run function without its calls, and the function that names its input. */
export const RUN_BYTES = 68;
