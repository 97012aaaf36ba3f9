/**
 * Mismatch counts by table lookup. A table of sixteen bytes holds, for every 4-bit group of weights, its mismatches with one
 * 4-bit group of each of two pixels: count(first) | count(second) << 4. The weights' groups are the indices, output channels
 * the lanes. Three lookups (at most 12 mismatches) fit a nibble; `low` adds the first pixel's up to 21 times that (252), `high`
 * the second's as (first byte) + 16·(first pixel of the second byte) + 256·(second byte), repaired at the flush, because
 * masking it each time would cost an instruction.
 *
 * A tile reads runs: pairs of u32, byte offset of table offsets (u16) and their bytes, bit 0 of which asks for a flush.
 * Weights: one byte a group and channel, [group][channels of the tile]. Counts: u16 [pixel][16 channels: 8 even, 8 odd].
 */

@inline
function lookup(table: v128, index: v128): v128 {
  // Indices are 0 to 15, where the relaxed instruction is exact on every machine and one instruction shorter.
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, index);
  else return i8x16.swizzle(table, index);
}

@inline
function tableAt(tables: usize, offset: usize, at: usize): v128 {
  return v128.load(tables + <usize>load<u16>(offset + at));
}

@inline
function addThree(a: v128, b: v128, c: v128, w: usize, second: usize, third: usize): v128 {
  return i8x16.add(i8x16.add(lookup(a, v128.load(w)), lookup(b, v128.load(w + second))), lookup(c, v128.load(w + third)));
}

@inline
function addLow(low: v128, sum: v128): v128 {
  return i8x16.add(low, v128.and(sum, i8x16.splat(15)));
}

@inline
function addHigh(high: v128, sum: v128): v128 {
  return i16x8.add(high, i16x8.shr_u(sum, 4));
}

/** Bytes of sixteen channels → u16, even and odd ones apart, stored or added. */
@inline
function flush(to: usize, bytes: v128, first: bool): void {
  const even = v128.and(bytes, i16x8.splat(255)), odd = i16x8.shr_u(bytes, 8);
  if (first) {
    v128.store(to, even);
    v128.store(to, odd, 16);
  } else {
    v128.store(to, i16x8.add(v128.load(to), even));
    v128.store(to, i16x8.add(v128.load(to, 16), odd), 16);
  }
}

@inline
function flushBoth(to: usize, second: usize, low: v128, high: v128, first: bool): void {
  flush(to, low, first);
  flush(to + second, i16x8.sub(high, i16x8.shl(i16x8.shr_u(low, 8), 4)), first);
}

/** One pair of pixels × 64 channels. Counts: 128 bytes a pixel. */
export function countPair64(pair: usize, runs: usize, runsEnd: usize, tables: usize, weights: usize, counts: usize): void {
  const none = i8x16.splat(0);
  let low0 = none, low1 = none, low2 = none, low3 = none, high0 = none, high1 = none, high2 = none, high3 = none;
  let first = true;
  for (; runs < runsEnd; runs += 8) {
    let p = pair + <usize>load<u32>(runs);
    const bytes = load<u32>(runs, 4);
    const end = p + <usize>(bytes & ~1);
    do {
      const a = tableAt(tables, p, 0), b = tableAt(tables, p, 2), c = tableAt(tables, p, 4);
      let sum = addThree(a, b, c, weights, 64, 128);
      low0 = addLow(low0, sum);
      high0 = addHigh(high0, sum);
      sum = addThree(a, b, c, weights + 16, 64, 128);
      low1 = addLow(low1, sum);
      high1 = addHigh(high1, sum);
      sum = addThree(a, b, c, weights + 32, 64, 128);
      low2 = addLow(low2, sum);
      high2 = addHigh(high2, sum);
      sum = addThree(a, b, c, weights + 48, 64, 128);
      low3 = addLow(low3, sum);
      high3 = addHigh(high3, sum);
      p += 6;
      weights += 192;
    } while (p < end);
    if (bytes & 1) {
      flushBoth(counts, 128, low0, high0, first);
      flushBoth(counts + 32, 128, low1, high1, first);
      flushBoth(counts + 64, 128, low2, high2, first);
      flushBoth(counts + 96, 128, low3, high3, first);
      first = false;
      low0 = none; low1 = none; low2 = none; low3 = none; high0 = none; high1 = none; high2 = none; high3 = none;
    }
  }
}

/** Two pairs of pixels × 32 channels. Counts: 64 bytes a pixel, pair after pair. */
export function countPairs32(
  pair0: usize, pair1: usize, runs: usize, runsEnd: usize, tables: usize, weights: usize, counts: usize,
): void {
  const none = i8x16.splat(0);
  let low00 = none, low01 = none, low10 = none, low11 = none, high00 = none, high01 = none, high10 = none, high11 = none;
  let first = true;
  for (; runs < runsEnd; runs += 8) {
    const offset = <usize>load<u32>(runs);
    let p = pair0 + offset, q = pair1 + offset;
    const bytes = load<u32>(runs, 4);
    const end = p + <usize>(bytes & ~1);
    do {
      let a = tableAt(tables, p, 0), b = tableAt(tables, p, 2), c = tableAt(tables, p, 4);
      let sum = addThree(a, b, c, weights, 32, 64);
      low00 = addLow(low00, sum);
      high00 = addHigh(high00, sum);
      sum = addThree(a, b, c, weights + 16, 32, 64);
      low01 = addLow(low01, sum);
      high01 = addHigh(high01, sum);
      a = tableAt(tables, q, 0), b = tableAt(tables, q, 2), c = tableAt(tables, q, 4);
      sum = addThree(a, b, c, weights, 32, 64);
      low10 = addLow(low10, sum);
      high10 = addHigh(high10, sum);
      sum = addThree(a, b, c, weights + 16, 32, 64);
      low11 = addLow(low11, sum);
      high11 = addHigh(high11, sum);
      p += 6;
      q += 6;
      weights += 96;
    } while (p < end);
    if (bytes & 1) {
      flushBoth(counts, 64, low00, high00, first);
      flushBoth(counts + 32, 64, low01, high01, first);
      flushBoth(counts + 128, 64, low10, high10, first);
      flushBoth(counts + 160, 64, low11, high11, first);
      first = false;
      low00 = none; low01 = none; low10 = none; low11 = none; high00 = none; high01 = none; high10 = none; high11 = none;
    }
  }
}

/** Four pairs of pixels × 16 channels. Counts: 32 bytes a pixel, pair after pair. */
export function countPairs16(
  pair0: usize, pair1: usize, pair2: usize, pair3: usize, runs: usize, runsEnd: usize, tables: usize, weights: usize, counts: usize,
): void {
  const none = i8x16.splat(0);
  let low0 = none, low1 = none, low2 = none, low3 = none, high0 = none, high1 = none, high2 = none, high3 = none;
  let first = true;
  for (; runs < runsEnd; runs += 8) {
    const offset = <usize>load<u32>(runs);
    let p = pair0 + offset, q = pair1 + offset, r = pair2 + offset, s = pair3 + offset;
    const bytes = load<u32>(runs, 4);
    const end = p + <usize>(bytes & ~1);
    do {
      const u = v128.load(weights), v = v128.load(weights, 16), w = v128.load(weights, 32);
      let sum = i8x16.add(i8x16.add(lookup(tableAt(tables, p, 0), u), lookup(tableAt(tables, p, 2), v)), lookup(tableAt(tables, p, 4), w));
      low0 = addLow(low0, sum);
      high0 = addHigh(high0, sum);
      sum = i8x16.add(i8x16.add(lookup(tableAt(tables, q, 0), u), lookup(tableAt(tables, q, 2), v)), lookup(tableAt(tables, q, 4), w));
      low1 = addLow(low1, sum);
      high1 = addHigh(high1, sum);
      sum = i8x16.add(i8x16.add(lookup(tableAt(tables, r, 0), u), lookup(tableAt(tables, r, 2), v)), lookup(tableAt(tables, r, 4), w));
      low2 = addLow(low2, sum);
      high2 = addHigh(high2, sum);
      sum = i8x16.add(i8x16.add(lookup(tableAt(tables, s, 0), u), lookup(tableAt(tables, s, 2), v)), lookup(tableAt(tables, s, 4), w));
      low3 = addLow(low3, sum);
      high3 = addHigh(high3, sum);
      p += 6;
      q += 6;
      r += 6;
      s += 6;
      weights += 48;
    } while (p < end);
    if (bytes & 1) {
      flushBoth(counts, 32, low0, high0, first);
      flushBoth(counts + 64, 32, low1, high1, first);
      flushBoth(counts + 128, 32, low2, high2, first);
      flushBoth(counts + 192, 32, low3, high3, first);
      first = false;
      low0 = none; low1 = none; low2 = none; low3 = none; high0 = none; high1 = none; high2 = none; high3 = none;
    }
  }
}
