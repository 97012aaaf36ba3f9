/** An image in the middle of a padded one whose border is there already. Strides and channels in bytes. */
export function placeImage(from: usize, height: i32, width: i32, pixelBytes: i32, to: usize, paddedWidth: i32, top: i32, left: i32): void {
  const rowBytes = width * pixelBytes;
  to += (top * paddedWidth + left) * pixelBytes;
  for (let y = 0; y < height; y++) {
    memory.copy(to, from, rowBytes);
    from += rowBytes;
    to += paddedWidth * pixelBytes;
  }
}

/** Byte offsets of `height` × `width` pixels that lie `strideY` rows and `strideX` columns of an image apart. */
export function writeRowOffsets(to: usize, height: i32, width: i32, rowStride: i32, columnStride: i32): void {
  for (let y = 0; y < height; y++) {
    let offset = y * rowStride;
    for (let x = 0; x < width; x++) {
      store<u32>(to, offset);
      offset += columnStride;
      to += 4;
    }
  }
}

/** The next multiple of a cache line. */
@inline
export function aligned(bytes: i32): i32 {
  return (bytes + 63) & ~63;
}
