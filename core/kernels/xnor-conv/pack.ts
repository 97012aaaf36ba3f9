import type { LayerGeometry, SignPadding } from '../kernel.ts';

/** Signs [k, cout] → 64-bit words [cout / 4][word][4], as bytes; k runs without gaps, unused bits 0. */
export function packSignBlocks(codes: Int8Array, k: number, channels: number): Uint8Array {
  const words = Math.ceil(k / 64);
  const packed = new Uint8Array(Math.ceil(channels / 4) * words * 32);
  for (let i = 0; i < k; i++) {
    for (let c = 0; c < channels; c++) {
      if (codes[i * channels + c] < 0) continue;
      const word = ((c >> 2) * words + (i >> 6)) * 4 + (c & 3);
      packed[word * 8 + ((i >> 3) & 7)] |= 1 << (i & 7);
    }
  }
  return packed;
}

export interface SumBases {
  /** One row for every pattern of padded taps. */
  readonly rows: Int32Array;
  /** Output channels rounded up. */
  readonly rowLength: number;
  /** The row of every output pixel. */
  readonly rowOfPixel: Int32Array;
}

/**
 * What a sum is before mismatches are taken off. Padded bits are counted like any other (0 = −1, 1 = +1), which is right for
 * 'minus' and 'plus'. 'zero' must not count them: the kernel adds −w for each, so +w is put back here, for every pattern of
 * padded taps that occurs.
 */
export function sumBases(g: LayerGeometry, codes: Int8Array, padding: SignPadding, rounding: number): SumBases {
  const taps = g.kernelHeight * g.kernelWidth;
  const rowLength = Math.ceil(g.outputChannels / rounding) * rounding;
  const rowOfPixel = new Int32Array(g.outputHeight * g.outputWidth);
  const rows: number[] = [];
  const seen = new Map<string, number>();
  for (let pixel = 0; pixel < rowOfPixel.length; pixel++) {
    const padded = padding === 'zero' ? paddedTaps(g, Math.floor(pixel / g.outputWidth), pixel % g.outputWidth) : [];
    const pattern = padded.join();
    let row = seen.get(pattern);
    if (row === undefined) {
      row = seen.size;
      seen.set(pattern, row);
      for (let c = 0; c < rowLength; c++) {
        let base = taps * g.inputChannels;
        for (const tap of c < g.outputChannels ? padded : []) {
          for (let i = 0; i < g.inputChannels; i++) base += codes[(tap * g.inputChannels + i) * g.outputChannels + c];
        }
        rows.push(base);
      }
    }
    rowOfPixel[pixel] = row;
  }
  return { rows: Int32Array.from(rows), rowLength, rowOfPixel };
}

function paddedTaps(g: LayerGeometry, oy: number, ox: number): number[] {
  const padded: number[] = [];
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    const y = oy * g.strideY + ky * g.dilationY - g.padTop;
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
      if (y < 0 || y >= g.inputHeight || x < 0 || x >= g.inputWidth) padded.push(ky * g.kernelWidth + kx);
    }
  }
  return padded;
}

/** Fills an image of packed signs with +1 in every channel; unused bits stay 0. */
export function fillWithPlus(image: Uint8Array, channels: number): void {
  const pixelBytes = Math.ceil(channels / 64) * 8;
  for (let at = 0; at < image.length; at += pixelBytes) {
    for (let c = 0; c < channels; c++) image[at + (c >> 3)] |= 1 << (c & 7);
  }
}
