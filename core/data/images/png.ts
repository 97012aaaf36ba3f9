import { decode } from 'fast-png';
import { Unzlib } from 'fflate';
import { StudioError } from '../../base/errors.ts';
import { joined } from '../../base/joined.ts';
import { checkSize, type Picture } from './picture.ts';

/** Chunks that say what the pixels are. Others, which may unpack to anything, are not handed to the decoder. */
const NEEDED = /^(IHDR|PLTE|tRNS|IDAT|IEND)$/;
/** Numbers a pixel by colour type: grey, colour, palette, grey with alpha, colour with alpha. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: first column, first row, step across and down of each pass. */
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const;

/** Pixels of a PNG file (W3C PNG, third edition): of 16 bits the upper eight, alpha is left out. */
export function decodePng(bytes: Uint8Array, file: string): Picture {
  const fail = (reason: string, offset = 0): never => {
    throw new StudioError(`${file} ${reason}.`, { where: `${file}, byte ${offset}`, next: 'The image is damaged; replace or remove it.' });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, 8)];
  const data: Uint8Array[] = [];
  for (let at = 8, ended = false; !ended; ) {
    if (at + 12 > bytes.length) return fail('is cut off', bytes.length);
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) return fail(`is cut off: a part of it says it has ${length} bytes`, at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at === 8 && (type !== 'IHDR' || length !== 13)) return fail('does not begin with its header', at);
    if (at > 8 && type === 'IHDR') return fail('has a second header', at);
    if (NEEDED.test(type)) kept.push(bytes.subarray(at, at + 12 + length));
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + length));
    ended = type === 'IEND';
    at += 12 + length;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlaced] = [bytes[24], bytes[25], bytes[28] === 1];
  checkSize(file, width, height);
  const channels = CHANNELS[colour] ?? fail(`has the colour type ${colour}`, 25);
  // The decoder takes a whole byte for each pixel of such files.
  if (interlaced && depth < 8) throw new StudioError(`${file} is interlaced with ${depth} bits a pixel, which is not read.`, { where: `${file}, byte 28`, next: 'Save it without interlacing.' });
  const rowBytes = (pixels: number): number => Math.ceil((pixels * channels * depth) / 8) + 1;
  const expected = interlaced
    ? PASSES.reduce((sum, [x, y, across, down]) => {
        const columns = Math.ceil((width - x) / across);
        return columns > 0 ? sum + Math.max(0, Math.ceil((height - y) / down)) * rowBytes(columns) : sum;
      }, 0)
    : height * rowBytes(width);
  checkUnpacked(data, expected, fail);
  try {
    const png = decode(joined(kept));
    const levels = png.depth < 8 ? unpackBits(png.data, width, height, png.depth) : png.data;
    if (colour !== 3) return { width, height, ...withoutAlpha(levels, channels, png.depth) };
    return { width, height, channels: 3, pixels: coloured(levels, png.palette ?? fail('has no palette')) };
  } catch (error) {
    if (error instanceof StudioError) throw error;
    return fail(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Unpacks in pieces and stops at the first byte too many, so that a small file cannot fill the memory. */
function checkUnpacked(parts: readonly Uint8Array[], expected: number, fail: (reason: string, offset?: number) => never): void {
  const PIECE = 65_536;
  let count = 0;
  const inflate = new Unzlib((chunk) => (count += chunk.length));
  try {
    for (const part of parts) for (let at = 0; at < part.length && count <= expected; at += PIECE) inflate.push(part.subarray(at, at + PIECE), false);
  } catch (error) {
    fail(`cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (count !== expected) fail(`holds ${count < expected ? 'fewer' : 'more'} pixels than its size says`);
}

/** Rows of pixels of one, two or four bits begin at whole bytes. */
function unpackBits(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const levels = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      levels[y * width + x] = (data[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
  }
  return levels;
}

function withoutAlpha(levels: ArrayLike<number>, channels: number, depth: number): Pick<Picture, 'channels' | 'pixels'> {
  const kept = channels < 3 ? 1 : 3;
  const count = levels.length / channels;
  const pixels = new Uint8Array(count * kept);
  const factor = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  for (let i = 0; i < count; i++) for (let c = 0; c < kept; c++) pixels[i * kept + c] = depth === 16 ? levels[i * channels + c] >> 8 : levels[i * channels + c] * factor;
  return { channels: kept, pixels };
}

function coloured(levels: ArrayLike<number>, palette: readonly ArrayLike<number>[]): Uint8Array {
  const pixels = new Uint8Array(levels.length * 3);
  for (let i = 0; i < levels.length; i++) {
    const colour = palette[levels[i]];
    if (!colour) throw new Error(`colour ${levels[i]} is not in its palette`);
    for (let c = 0; c < 3; c++) pixels[i * 3 + c] = colour[c];
  }
  return pixels;
}
