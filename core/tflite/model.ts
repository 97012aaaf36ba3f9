/**
 * A TensorFlow Lite file as plain data: what `read.ts` makes of the bytes and `write.ts` makes bytes of. Names are those of the
 * schema, tensorflow/lite/schema/schema.fbs (version 3). Indices are into the arrays beside them.
 */
export type TfliteType =
  | 'FLOAT32' | 'FLOAT16' | 'INT32' | 'UINT8' | 'INT64' | 'STRING' | 'BOOL' | 'INT16' | 'COMPLEX64' | 'INT8' | 'FLOAT64' | 'COMPLEX128'
  | 'UINT64' | 'RESOURCE' | 'VARIANT' | 'UINT32' | 'UINT16' | 'INT4' | 'BFLOAT16';

/** real = scale · (code − zeroPoint), one pair a tensor or one a slice of `axis`. */
export interface TfliteQuantization {
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly axis: number;
}

export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TfliteType;
  /** Index into `buffers`; an empty buffer is that of a value which is computed. */
  readonly buffer: number;
  readonly quantization: TfliteQuantization | null;
}

export type TfliteOption = number | boolean | readonly number[];

export interface TfliteOperator {
  /**
   * Name of the built-in operator, such as `CONV_2D`, or the code of a custom one, such as `LceBconv2d`. A built-in operator that
   * `schema.ts` has no row of goes by its number.
   */
  readonly op: string;
  readonly custom: boolean;
  readonly version: number;
  /** −1: left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** By the schema's names; fields with their default value are there too. Empty for custom operators. */
  readonly options: Readonly<Record<string, TfliteOption>>;
  /** Of a custom operator, as it stands in the file. */
  readonly customOptions: Uint8Array | null;
}

export interface TfliteSubgraph {
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperator[];
}

export interface TfliteModel {
  readonly description: string;
  readonly subgraphs: readonly TfliteSubgraph[];
  readonly buffers: readonly Uint8Array[];
}
