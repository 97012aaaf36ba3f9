import type { LayerGeometry } from '../../kernels/kernel.ts';
import { packBits } from '../../quant/pack.ts';

/** Output channels that a block of one-bit weights holds side by side: eight 64-bit lanes. */
export const BLOCK = 8;

/** Codes [taps·cin, cout] → [cout, taps·cin]: what one sum takes lies together. Depthwise likewise, [taps, cout] → [cout, taps]. */
function byOutput(codes: Int8Array, channels: number): Int8Array {
  const fanIn = codes.length / channels;
  const result = new Int8Array(codes.length);
  for (let i = 0; i < fanIn; i++) for (let c = 0; c < channels; c++) result[c * fanIn + i] = codes[i * channels + c];
  return result;
}

/** Codes of `bits` each without gaps: two's complement of 8 or 4 bits; of 2 bits code + 1; of 1 bit whether the code is positive. */
export function packCodes(codes: Int8Array, channels: number, bits: number): Uint8Array {
  const ordered = byOutput(codes, channels);
  if (bits === 1) return packBits(ordered.map((code) => (code > 0 ? 1 : 0)), 1);
  if (bits === 2) return packBits(ordered.map((code) => code + 1), 2);
  return packBits(ordered, bits === 4 ? 4 : 8);
}

/** Bytes of the one-bit weights of one output channel: every tap begins a byte. */
export function signRowBytes(g: LayerGeometry): number {
  return g.kernelHeight * g.kernelWidth * Math.ceil(g.inputChannels / 8);
}

/**
 * One-bit weights, a row of signRowBytes an output channel, +1 as 1. Eight rows are a block: their first 8 bytes one behind the
 * other, then their second, and so on; then what is left of each row. Rows that fill no block follow as they are.
 */
export function packSignRows(codes: Int8Array, g: LayerGeometry): Uint8Array {
  const tapBytes = Math.ceil(g.inputChannels / 8);
  const rowBytes = signRowBytes(g);
  const whole = rowBytes & ~7;
  // A word at least: compilers that see the array, but not that rows are shorter, would warn of words read beyond it.
  const packed = new Uint8Array(Math.max(8, rowBytes * g.outputChannels));
  const blocked = g.outputChannels - (g.outputChannels % BLOCK);
  const address = (channel: number, byte: number): number => {
    if (channel >= blocked) return channel * rowBytes + byte;
    const lane = channel % BLOCK;
    const block = (channel - lane) * rowBytes;
    return byte < whole ? block + (byte >> 3) * BLOCK * 8 + lane * 8 + (byte & 7) : block + whole * BLOCK + lane * (rowBytes - whole) + (byte - whole);
  };
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] < 0) continue;
    const channel = i % g.outputChannels;
    const input = (i - channel) / g.outputChannels;
    const within = input % g.inputChannels;
    const byte = ((input - within) / g.inputChannels) * tapBytes + (within >> 3);
    packed[address(channel, byte)] |= 1 << (within & 7);
  }
  return packed;
}
