/** int8 [tap, channels] → int16 [tap][channels rounded up to 8]. */
export function packTapCodes(codes: Int8Array, taps: number, channels: number): Int16Array {
  const stride = Math.ceil(channels / 8) * 8;
  const packed = new Int16Array(taps * stride);
  for (let t = 0; t < taps; t++) packed.set(codes.subarray(t * channels, (t + 1) * channels), t * stride);
  return packed;
}

/** The last pixel's vector may reach past the image. */
export const OVERREAD_BYTES = 16;
