import { finishCounts } from './counts';
import { countPair64, countPairs16, countPairs32 } from './lookup-tiles';

/**
 * Where things are, a record of u32 that the caller writes once: pair image; a table with two u32 for every pair of output
 * pixels, its byte offset in that image and 2 · first pixel + (1 where it has a second); runs and their end; tables; weights
 * and their bytes for 16 channels; limits (0: none); bases; the row of bases and limits of every pixel; finish record; output;
 * output channels.
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
function pairAt(record: usize, pair: i32): usize {
  return field(record, IMAGE) + <usize>load<u32>(field(record, PAIRS) + (<usize>pair << 3));
}

/** Both pixels of a pair; an odd row's last pair has one. */
function finishPair(record: usize, counts: usize, groups: i32, pair: i32, channel: i32, sums: usize): void {
  const channels = <i32>field(record, CHANNELS);
  const packed = load<i32>(field(record, PAIRS) + (<usize>pair << 3), 4);
  const rowLength = <usize>((channels + 15) & ~15);
  const limits = field(record, LIMITS), bases = field(record, BASES), rows = field(record, ROWS);
  const end = (packed >> 1) + (packed & 1);
  for (let pixel = packed >> 1; pixel <= end; pixel++) {
    const row = <usize>load<u32>(rows + (<usize>pixel << 2)) * rowLength;
    finishCounts(
      counts, groups, limits == 0 ? 0 : limits + (row << 1), bases + (row << 2), field(record, FINISH), field(record, OUTPUT),
      pixel, channel, channels, sums,
    );
    counts += <usize>groups << 5;
  }
}

/** Pairs of output pixels from..to, all output channels. */
export function xnorConvLookup(record: usize, from: i32, to: i32, scratch: usize): void {
  const runs = field(record, RUNS), runsEnd = field(record, RUNS_END), tables = field(record, TABLES), channels = <i32>field(record, CHANNELS);
  const groupBytes = field(record, GROUP_BYTES);
  const sums = scratch + COUNT_BYTES;
  let weights = field(record, WEIGHTS);
  let channel = 0;
  for (; channels - channel > 48; channel += 64) {
    for (let pair = from; pair < to; pair++) {
      countPair64(pairAt(record, pair), runs, runsEnd, tables, weights, scratch);
      finishPair(record, scratch, 4, pair, channel, sums);
    }
    weights += groupBytes << 2;
  }
  for (; channels - channel > 16; channel += 32) {
    for (let pair = from; pair < to; pair += 2) {
      const other = min(pair + 1, to - 1);
      countPairs32(pairAt(record, pair), pairAt(record, other), runs, runsEnd, tables, weights, scratch);
      finishPair(record, scratch, 2, pair, channel, sums);
      if (other > pair) finishPair(record, scratch + 128, 2, other, channel, sums);
    }
    weights += groupBytes << 1;
  }
  if (channel >= channels) return;
  const last = to - 1;
  for (let pair = from; pair < to; pair += 4) {
    countPairs16(
      pairAt(record, pair), pairAt(record, min(pair + 1, last)), pairAt(record, min(pair + 2, last)), pairAt(record, min(pair + 3, last)),
      runs, runsEnd, tables, weights, scratch,
    );
    for (let i = 0; i < 4 && pair + i < to; i++) finishPair(record, scratch + (i << 6), 1, pair + i, channel, sums);
  }
}
