// Values with channels as rows of `width` floats, a multiple of the channels and of four: see ../../operators/channel-rows.ts.

/** Bytes of a row; the last may be shorter. */
@inline
export function bytesOfRow(row: i32, width: i32, length: i32): usize {
  return min(width, length - row * width) << 2;
}

/** Rows summed in float32 before the sum is added in float64: few enough that float32 costs no accuracy. */
export const ROWS_IN_FLOAT32: i32 = 32;
