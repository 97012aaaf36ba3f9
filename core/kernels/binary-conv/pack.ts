/** Inputs whose signs number one entry of a table. */
export const GROUP = 4;
/** Bytes of a table: 16 sums in two bytes each. */
export const TABLE_BYTES = 32;
const WIDE = 32;
const NARROW = 16;

/**
 * Codes ±1 [tap, cin, cout] → entry numbers, one byte for four inputs:
 * [block of 32 channels, or 16 where the last ones are no more][tap][group][channels of the block]. Of every 16 channels,
 * c and c + 8 lie side by side. Inputs that a pixel lacks are +1; missing channels have entry 0.
 */
export function packEntryNumbers(codes: Int8Array, taps: number, inputs: number, channels: number): Uint8Array {
  const groups = Math.ceil(inputs / GROUP);
  const packed = new Uint8Array(taps * groups * Math.ceil(channels / NARROW) * NARROW);
  const place = (block: number, width: number, tap: number, group: number, lane: number): number =>
    block * WIDE * taps * groups + (tap * groups + group) * width + lane;
  for (let c = 0; c < channels; c++) {
    const block = Math.floor(c / WIDE);
    const width = channels - block * WIDE > NARROW ? WIDE : NARROW;
    const within = c % NARROW;
    const lane = (c % WIDE) - within + (within % 8) * 2 + Math.floor(within / 8);
    for (let tap = 0; tap < taps; tap++) {
      for (let group = 0; group < groups; group++) {
        let entry = 0;
        for (let i = 0; i < GROUP; i++) {
          const input = group * GROUP + i;
          if (input >= inputs || codes[(tap * inputs + input) * channels + c] > 0) entry |= 1 << i;
        }
        packed[place(block, width, tap, group, lane)] = entry;
      }
    }
  }
  return packed;
}

/**
 * What turns a channel's looked-up sum, Σ u over the + and 255 − u over the − with u = q + 128, into Σ (q − zeroPoint)·code.
 * As many as whole blocks of 32 channels need.
 */
export function channelBases(codes: Int8Array, channels: number, zeroPoint: number): Int32Array {
  const bases = new Int32Array(Math.ceil(channels / WIDE) * WIDE);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    bases[i % channels] -= (code < 0 ? 255 : 0) + (128 + zeroPoint) * code;
  }
  return bases;
}

/** Tables of a padded pixel, whose inputs are all the zero point, as `buildSignTables` would write them. */
export function paddedPixel(inputs: number, zeroPoint: number): Uint8Array {
  const groups = Math.ceil(inputs / GROUP);
  const tables = new Uint8Array(groups * TABLE_BYTES);
  for (let group = 0; group < groups; group++) {
    for (let entry = 0; entry < 16; entry++) {
      let sum = 0;
      for (let i = 0; i < GROUP; i++) {
        const u = group * GROUP + i < inputs ? zeroPoint + 128 : 0;
        sum += (entry >> i) & 1 ? u : 255 - u;
      }
      tables[group * TABLE_BYTES + entry] = sum & 31;
      tables[group * TABLE_BYTES + 16 + entry] = sum >> 5;
    }
  }
  return tables;
}
