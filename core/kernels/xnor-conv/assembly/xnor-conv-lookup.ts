import { bitsWithin, finishCounts } from './counts';
import { countPair64, countPairs16, countPairs32 } from './lookup-tiles';

/**
 * Where things are, a record of u32 that the caller writes once: pair image; a table with two u32 for every pair of output
 * pixels, its byte offset in that image and 2 · first pixel + (1 where it has a second); runs and their end; tables; weights
 * and their bytes for 16 channels; limits (0: none); bases; for every pixel the byte offset of its row of limits, half that of
 * its row of bases; finish record; output; output channels.
 */
const IMAGE = 0, PAIRS = 1, RUNS = 2, RUNS_END = 3, TABLES = 4, WEIGHTS = 5, GROUP_BYTES = 6, LIMITS = 7, BASES = 8, ROWS = 9,
  FINISH = 10, OUTPUT = 11, CHANNELS = 12;

@inline
function field(record: usize, index: i32): usize {
  return <usize>load<u32>(record + (<usize>index << 2));
}

/** Bytes of counts: two pixels × 64 channels, or as many in another shape. What follows in `scratch` is room for sums. */
const COUNT_BYTES: usize = 256;

@inline
function pairAt(image: usize, pairs: usize, pair: i32): usize {
  return image + <usize>load<u32>(pairs + (<usize>pair << 3));
}

/** Both pixels of a pair; an odd row's last pair has one. */
function sumPair(record: usize, counts: usize, groups: i32, pair: i32, channel: i32, sums: usize): void {
  const packed = load<i32>(field(record, PAIRS) + (<usize>pair << 3), 4);
  const end = (packed >> 1) + (packed & 1);
  for (let pixel = packed >> 1; pixel <= end; pixel++) {
    const row = <usize>load<u32>(field(record, ROWS) + (<usize>pixel << 2)) << 1;
    finishCounts(
      counts, groups, field(record, BASES) + row, field(record, FINISH), field(record, OUTPUT), pixel, channel,
      <i32>field(record, CHANNELS), sums,
    );
    counts += <usize>groups << 5;
  }
}

@inline
function signs64(counts: usize, limits: usize): u64 {
  return bitsWithin(counts, limits) | (bitsWithin(counts + 32, limits + 32) << 16) |
    (bitsWithin(counts + 64, limits + 64) << 32) | (bitsWithin(counts + 96, limits + 96) << 48);
}

@inline
function signs32(counts: usize, limits: usize): u64 {
  return bitsWithin(counts, limits) | (bitsWithin(counts + 32, limits + 32) << 16);
}

/** Signs of pairs from..to, channels in tiles as in `sums`. A tile writes its word to the end; later tiles overwrite theirs. */
function signs(record: usize, from: i32, to: i32, counts: usize): void {
  const image = field(record, IMAGE), pairs = field(record, PAIRS), runs = field(record, RUNS), runsEnd = field(record, RUNS_END);
  const tables = field(record, TABLES), channels = <i32>field(record, CHANNELS), groupBytes = field(record, GROUP_BYTES);
  const rows = field(record, ROWS);
  const pixelBytes = <usize>(((channels + 63) >> 6) << 3);
  let weights = field(record, WEIGHTS), limits = field(record, LIMITS), output = field(record, OUTPUT);
  let left = channels;
  for (; left > 48; left -= 64) {
    for (let pair = from; pair < to; pair++) {
      countPair64(pairAt(image, pairs, pair), runs, runsEnd, tables, weights, counts);
      const packed = load<u32>(pairs + (<usize>pair << 3), 4);
      const pixel = <usize>(packed >> 1);
      store<u64>(output + pixel * pixelBytes, signs64(counts, limits + load<u32>(rows + (pixel << 2))));
      if (packed & 1) store<u64>(output + (pixel + 1) * pixelBytes, signs64(counts + 128, limits + load<u32>(rows + (pixel << 2), 4)));
    }
    weights += groupBytes << 2;
    limits += 128;
    output += 8;
  }
  const wordStart = output;
  for (; left > 16; left -= 32) {
    for (let pair = from; pair < to; pair += 2) {
      const other = min(pair + 1, to - 1);
      countPairs32(pairAt(image, pairs, pair), pairAt(image, pairs, other), runs, runsEnd, tables, weights, counts);
      let at = counts;
      for (let i = pair; i <= other; i++) {
        const packed = load<u32>(pairs + (<usize>i << 3), 4);
        const pixel = <usize>(packed >> 1);
        store<u64>(output + pixel * pixelBytes, signs32(at, limits + load<u32>(rows + (pixel << 2))));
        if (packed & 1) store<u64>(output + (pixel + 1) * pixelBytes, signs32(at + 64, limits + load<u32>(rows + (pixel << 2), 4)));
        at += 128;
      }
    }
    weights += groupBytes << 1;
    limits += 64;
    output += 4;
  }
  if (left <= 0) return;
  const last = to - 1;
  const inWord = output != wordStart;
  for (let pair = from; pair < to; pair += 4) {
    const end = min(pair + 4, to);
    countPairs16(
      pairAt(image, pairs, pair), pairAt(image, pairs, min(pair + 1, last)), pairAt(image, pairs, min(pair + 2, last)),
      pairAt(image, pairs, min(pair + 3, last)), runs, runsEnd, tables, weights, counts,
    );
    let at = counts;
    for (let i = pair; i < end; i++) {
      const packed = load<u32>(pairs + (<usize>i << 3), 4);
      const pixel = <usize>(packed >> 1);
      const first = output + pixel * pixelBytes;
      const bits = bitsWithin(at, limits + load<u32>(rows + (pixel << 2)));
      const more = bitsWithin(at + 32, limits + load<u32>(rows + (pixel << 2), 4));
      if (inWord) {
        store<u32>(first, <u32>bits);
        if (packed & 1) store<u32>(first + pixelBytes, <u32>more);
      } else {
        store<u64>(first, bits);
        if (packed & 1) store<u64>(first + pixelBytes, more);
      }
      at += 64;
    }
  }
}

/** Sums of pairs from..to, channels in tiles of 64, 32 and 16, finished. */
function sums(record: usize, from: i32, to: i32, counts: usize): void {
  const image = field(record, IMAGE), pairs = field(record, PAIRS), runs = field(record, RUNS), runsEnd = field(record, RUNS_END);
  const tables = field(record, TABLES), channels = <i32>field(record, CHANNELS), groupBytes = field(record, GROUP_BYTES);
  const room = counts + COUNT_BYTES;
  let weights = field(record, WEIGHTS);
  let channel = 0;
  for (; channels - channel > 48; channel += 64) {
    for (let pair = from; pair < to; pair++) {
      countPair64(pairAt(image, pairs, pair), runs, runsEnd, tables, weights, counts);
      sumPair(record, counts, 4, pair, channel, room);
    }
    weights += groupBytes << 2;
  }
  for (; channels - channel > 16; channel += 32) {
    for (let pair = from; pair < to; pair += 2) {
      const other = min(pair + 1, to - 1);
      countPairs32(pairAt(image, pairs, pair), pairAt(image, pairs, other), runs, runsEnd, tables, weights, counts);
      sumPair(record, counts, 2, pair, channel, room);
      if (other > pair) sumPair(record, counts + 128, 2, other, channel, room);
    }
    weights += groupBytes << 1;
  }
  if (channel >= channels) return;
  const last = to - 1;
  for (let pair = from; pair < to; pair += 4) {
    countPairs16(
      pairAt(image, pairs, pair), pairAt(image, pairs, min(pair + 1, last)), pairAt(image, pairs, min(pair + 2, last)),
      pairAt(image, pairs, min(pair + 3, last)), runs, runsEnd, tables, weights, counts,
    );
    for (let i = 0; i < 4 && pair + i < to; i++) sumPair(record, counts + (<usize>i << 6), 1, pair + i, channel, room);
  }
}

/** Pairs of output pixels from..to, all output channels. */
export function xnorConvLookup(record: usize, from: i32, to: i32, scratch: usize): void {
  if (from >= to) return;
  if (field(record, LIMITS) != 0) signs(record, from, to, scratch);
  else sums(record, from, to, scratch);
}
