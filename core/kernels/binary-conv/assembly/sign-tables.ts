/** Bytes of the table of four inputs. */
const TABLE: i32 = 32;

/**
 * Tables of the rows `first`..`last` of an int8 image. With u = q + 128, four inputs of a pixel have 16 sums of ±: entry n is Σ over i of u[i] where bit i of n
 * is 1, 255 − u[i] where it is 0, at most 1020. Two byte tables hold it: the low five bits, then the high five, so that eight
 * looked-up bytes can be added before one overflows. Inputs that a pixel lacks count as u = 0.
 */
export function buildSignTables(
  from: usize, to: usize, width: i32, channels: i32, toStride: i32, first: i32, last: i32,
): void {
  from += first * width * channels;
  to += first * toStride;
  const rest = channels & 3;
  for (let y = first; y < last; y++) {
    let at = to;
    for (let x = 0; x < width; x++) {
      for (const end = from + (channels & ~3); from < end; from += 4) {
        storeTable(at, v128.load32_splat(from));
        at += TABLE;
      }
      if (rest) {
        let four: u32 = 0x80808080;
        for (let i = 0; i < rest; i++) four = (four << 8) | <u32>load<u8>(from + (rest - 1 - i));
        storeTable(at, i32x4.splat(four));
        from += rest;
        at += TABLE;
      }
    }
    to += toStride;
  }
}

/** Entry lanes are int16: a swizzle index of 128 and more fills the high byte with 0. */
function storeTable(to: usize, four: v128): void {
  // Bytes 0 to 3 become u, bytes 4 to 7 become 255 − u.
  const x = v128.xor(four, i32x4(0x80808080, 0x7f7f7f7f, 0, 0));
  const first = i8x16.swizzle(x, i32x4.splat(0x80008004));
  const second = i8x16.swizzle(x, i32x4(0x80058005, 0x80018001, 0x80058005, 0x80018001));
  const third = i8x16.swizzle(x, i32x4(0x80068006, 0x80068006, 0x80028002, 0x80028002));
  const three = i16x8.add(i16x8.add(first, second), third);
  const low = i16x8.add(three, i8x16.swizzle(x, i32x4.splat(0x80078007)));
  const high = i16x8.add(three, i8x16.swizzle(x, i32x4.splat(0x80038003)));
  const mask = i16x8.splat(31);
  v128.store(to, i8x16.narrow_i16x8_u(v128.and(low, mask), v128.and(high, mask)));
  v128.store(to, i8x16.narrow_i16x8_u(i16x8.shr_u(low, 5), i16x8.shr_u(high, 5)), 16);
}
