import { bitsWithin, finishCounts } from './counts';

/** Bytes of signs after which byte counters are emptied: 31 · 8 mismatches fit. */
const CHUNK: usize = 31;

@inline
function mismatches(counter: v128, weights: usize, signs: v128): v128 {
  return i8x16.add(counter, i8x16.popcnt(v128.xor(v128.load(weights), signs)));
}

@inline
function flush(to: usize, bytes: v128): void {
  v128.store(to, i16x8.add(v128.load(to), v128.and(bytes, i16x8.splat(255))));
  v128.store(to, i16x8.add(v128.load(to, 16), i16x8.shr_u(bytes, 8)), 16);
}

function count64(signs: usize, end: usize, weights: usize, counts: usize): void {
  memory.fill(counts, 0, 128);
  while (signs < end) {
    const stop = min(signs + CHUNK, end);
    let c0 = i8x16.splat(0), c1 = c0, c2 = c0, c3 = c0;
    for (; signs < stop; signs++) {
      const x = v128.load8_splat(signs);
      c0 = mismatches(c0, weights, x);
      c1 = mismatches(c1, weights + 16, x);
      c2 = mismatches(c2, weights + 32, x);
      c3 = mismatches(c3, weights + 48, x);
      weights += 64;
    }
    flush(counts, c0);
    flush(counts + 32, c1);
    flush(counts + 64, c2);
    flush(counts + 96, c3);
  }
}

function count16(signs: usize, end: usize, weights: usize, counts: usize): void {
  memory.fill(counts, 0, 32);
  while (signs < end) {
    const stop = min(signs + CHUNK, end);
    let c = i8x16.splat(0);
    for (; signs < stop; signs++) {
      c = mismatches(c, weights, v128.load8_splat(signs));
      weights += 16;
    }
    flush(counts, c);
  }
}

/**
 * One pixel, one tap: output channels in blocks of 64, from..to. Weights: one byte of 8 signs a channel, [byte][64 channels];
 * what is left of the channels in blocks of 16. `limits` other than 0: signs, bit = count ≤ limit; else sums, see counts.ts.
 */
export function xnorDensePopcount(
  signs: usize, signBytes: i32, weights: usize, limits: usize, bases: usize, finish: usize, output: usize, channels: i32,
  from: i32, to: i32, scratch: usize,
): void {
  const end = signs + signBytes;
  const sums = scratch + 256;
  for (let block = from; block < to; block++) {
    const channel = block << 6;
    let packed = weights + channel * signBytes;
    const left = channels - channel;
    const groups = min((left + 15) >> 4, 4);
    if (groups == 4) count64(signs, end, packed, scratch);
    else {
      for (let group = 0; group < groups; group++) {
        count16(signs, end, packed, scratch + (group << 5));
        packed += signBytes << 4;
      }
    }
    if (limits == 0) {
      finishCounts(scratch, groups, bases, finish, output, 0, channel, channels, sums);
      continue;
    }
    let bits: u64 = 0;
    for (let group = 0; group < groups; group++) {
      bits |= bitsWithin(scratch + (group << 5), limits + (channel << 1) + (group << 5)) << (<u64>group << 4);
    }
    store<u64>(output + (block << 3), bits);
  }
}
