/** What memory.copy is called for: less is copied in place, since V8 calls out of the module for it. */
const LARGE_COPY: i32 = 512;

/** Copies a multiple of four bytes. */
export function copyFloats(from: usize, to: usize, bytes: i32): void {
  if (bytes >= LARGE_COPY) {
    memory.copy(to, from, bytes);
    return;
  }
  const end = to + (bytes & ~15);
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (let left = bytes & 15; left > 0; left -= 4) {
    store<f32>(to, load<f32>(from));
    to += 4;
    from += 4;
  }
}

/** An image in the middle of a padded one whose border is there already. Strides and channels in bytes. */
export function placeImage(from: usize, height: i32, width: i32, pixelBytes: i32, to: usize, paddedWidth: i32, top: i32, left: i32): void {
  const rowBytes = width * pixelBytes;
  to += (top * paddedWidth + left) * pixelBytes;
  for (let y = 0; y < height; y++) {
    copyFloats(from, to, rowBytes);
    from += rowBytes;
    to += paddedWidth * pixelBytes;
  }
}

/** Byte offsets of `height` × `width` pixels that lie `rowStride` and `columnStride` bytes apart. */
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
