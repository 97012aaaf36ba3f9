import type { ImagePlan } from '../image-plan.ts';
import type { LayerGeometry } from '../kernel.ts';
import type { SumBases } from './pack.ts';

/** Three lookups are added before they are taken apart; 21 times that fills a byte counter (assembly/lookup-tiles.ts). */
const LOOKUPS = 3;
const TRIPLES_TO_FLUSH = 21;

/** The 256 tables: table (second · 16 + first), entry w = mismatches(first, w) | mismatches(second, w) << 4. */
export function mismatchTables(): Uint8Array {
  const bits = (x: number): number => (x & 1) + ((x >> 1) & 1) + ((x >> 2) & 1) + ((x >> 3) & 1);
  return Uint8Array.from({ length: 4096 }, (_, i) => bits(((i >> 4) & 15) ^ (i & 15)) | (bits((i >> 8) ^ (i & 15)) << 4));
}

export interface PairLayout {
  /** u16 of a pixel in the pair image: groups of 4 channels, rounded up where a run would not divide by three. */
  readonly slots: number;
  readonly pairStride: number;
  /** Two u32 a run: byte offset, bytes | 1 where counters must be emptied. */
  readonly runs: Uint32Array;
  /** Two u32 a pair of output pixels: byte offset, 2 · first pixel + (1 where there is a second). */
  readonly pairs: Uint32Array;
}

/** Taps that lie side by side are read as one run, and runs are cut where byte counters are full. */
export function layOutPairs(g: LayerGeometry, plan: ImagePlan, width: number): PairLayout {
  const groups = Math.ceil(g.inputChannels / 4);
  const whole = (plan.tapsPerSegment * groups) % LOOKUPS === 0;
  const slots = whole ? groups : Math.ceil(groups / LOOKUPS) * LOOKUPS;
  // expandSignPairs writes up to 48 bytes past a row.
  const pairStride = Math.ceil((width * slots * 2 + 48) / 16) * 16;

  const runs: number[] = [];
  let full = 0;
  for (let tap = 0; tap < plan.tapOffsets.length; tap += plan.tapsPerSegment) {
    const y = Math.floor(tap / g.kernelWidth) * g.dilationY;
    const x = (tap % g.kernelWidth) * g.dilationX;
    let triples = (plan.tapsPerSegment * slots) / LOOKUPS;
    const pieces = Math.ceil(triples / TRIPLES_TO_FLUSH);
    for (let offset = y * pairStride + x * slots * 2; triples > 0; ) {
      const piece = Math.min(Math.ceil((plan.tapsPerSegment * slots) / LOOKUPS / pieces), triples);
      if (full + piece > TRIPLES_TO_FLUSH) {
        runs[runs.length - 1] |= 1;
        full = 0;
      }
      runs.push(offset, piece * LOOKUPS * 2);
      full += piece;
      offset += piece * LOOKUPS * 2;
      triples -= piece;
    }
  }
  runs[runs.length - 1] |= 1;

  const pairs: number[] = [];
  for (let y = 0; y < g.outputHeight; y++) {
    for (let x = 0; x < g.outputWidth; x += 2) {
      const offset = y * g.strideY * pairStride + x * g.strideX * slots * 2;
      pairs.push(offset, 2 * (y * g.outputWidth + x) + (x + 1 < g.outputWidth ? 1 : 0));
    }
  }
  return { slots, pairStride, runs: Uint32Array.from(runs), pairs: Uint32Array.from(pairs) };
}

/** Output channels in tiles of 64, 32 and 16 as the assembly takes them: first channel and width of each. */
function channelTiles(channels: number): readonly (readonly [first: number, width: number])[] {
  const tiles: [number, number][] = [];
  for (let first = 0; first < channels; ) {
    const left = channels - first;
    const width = left > 48 ? 64 : left > 16 ? 32 : 16;
    tiles.push([first, width]);
    first += width;
  }
  return tiles;
}

/** Signs [tap, cin, cout] → bytes [tile][tap][slot][channel of the tile], four signs a byte, missing channels 0. */
export function packSignNibbles(codes: Int8Array, g: LayerGeometry, slots: number): Uint8Array {
  const taps = g.kernelHeight * g.kernelWidth;
  const tiles = channelTiles(g.outputChannels);
  const packed = new Uint8Array(taps * slots * tiles.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [first, width] of tiles) {
    const count = Math.min(width, g.outputChannels - first);
    for (let tap = 0; tap < taps; tap++) {
      for (let i = 0; i < g.inputChannels; i++) {
        const from = (tap * g.inputChannels + i) * g.outputChannels + first;
        const to = at + (tap * slots + (i >> 2)) * width;
        for (let c = 0; c < count; c++) if (codes[from + c] > 0) packed[to + c] |= 1 << (i & 3);
      }
    }
    at += taps * slots * width;
  }
  return packed;
}

/** Thresholds on sums → limits on mismatches, sum = base − 2·count ≥ T ⟺ count ≤ ⌊(base − T) / 2⌋; laid out as counts are. */
export function countLimits(bases: SumBases, thresholds: Int32Array): Int16Array {
  return Int16Array.from({ length: bases.rows.length }, (_, i) => {
    const inGroup = i % 16;
    const channel = i - inGroup + (inGroup < 8 ? 2 * inGroup : 2 * inGroup - 15);
    const output = channel % bases.rowLength;
    // Channels that do not exist have bit 0.
    if (output >= thresholds.length) return -1;
    return Math.min(Math.max(Math.floor((bases.rows[channel] - thresholds[output]) / 2), -1), 32767);
  });
}
