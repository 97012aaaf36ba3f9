/** Bytes of int32 sums that stay in the first-level cache beside the weights. */
const CACHED_SUMS_BYTES = 16384;
/** Fewer pixels would fetch the weights from farther away more often than it pays. */
const FEWEST_PIXELS = 32;

/** Output pixels that are summed, then finished, at once: a multiple of 4. */
export function pixelsPerChunk(channels: number): number {
  return Math.max(FEWEST_PIXELS, Math.floor(CACHED_SUMS_BYTES / (16 * channels)) * 4);
}
